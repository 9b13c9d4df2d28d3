/** Where a text stops being JSON; both from 1. */
export interface JsonErrorPlace {
  readonly line: number;
  readonly column: number;
  /** What stands there, for people. */
  readonly found: string;
}

const TOKEN =
  /[ \t\r\n]*(?:("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([[\]{},:]))/y;

/** What may come next, within a list, within an object, or at the top. */
type Expected =
  'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing';

/**
 * Finds where a text that `JSON.parse` refused goes wrong (V8 does not always say). Reads with a stack
 * of its own, so that no depth of nesting is too deep.
 */
export function placeOfJsonError(text: string): JsonErrorPlace {
  const open: ('[' | '{')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const next: Expected | undefined =
      match === null ? undefined : step(expected, match[1], match[2], open);
    if (next === undefined) return placeAt(text, at + text.slice(at).search(/[^ \t\r\n]|$/));
    expected = next;
    at = TOKEN.lastIndex;
  }
}

/** The state behind a token; undefined when the token may not stand here. */
function step(
  expected: Expected,
  scalar: string | undefined,
  mark: string | undefined,
  open: ('[' | '{')[],
): Expected | undefined {
  if (scalar !== undefined) {
    if (expected === 'value' || expected === 'value-or-end') return afterValue(open);
    const isKey = expected === 'key' || expected === 'key-or-end';
    return isKey && scalar.startsWith('"') ? 'colon' : undefined;
  }
  switch (mark) {
    case '[':
    case '{':
      if (expected !== 'value' && expected !== 'value-or-end') return undefined;
      open.push(mark);
      return mark === '[' ? 'value-or-end' : 'key-or-end';
    case ']':
      if (expected !== 'value-or-end' && expected !== 'comma-or-end') return undefined;
      return open.pop() === '[' ? afterValue(open) : undefined;
    case '}':
      if (expected !== 'key-or-end' && expected !== 'comma-or-end') return undefined;
      return open.pop() === '{' ? afterValue(open) : undefined;
    case ',':
      if (expected !== 'comma-or-end') return undefined;
      return open.at(-1) === '{' ? 'key' : 'value';
    case ':':
      return expected === 'colon' ? 'value' : undefined;
    default:
      return undefined;
  }
}

function afterValue(open: readonly string[]): Expected {
  return open.length === 0 ? 'nothing' : 'comma-or-end';
}

function placeAt(text: string, offset: number): JsonErrorPlace {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  const character = text.slice(offset, offset + 1);
  return { line, column, found: character === '' ? 'the end' : JSON.stringify(character) };
}
