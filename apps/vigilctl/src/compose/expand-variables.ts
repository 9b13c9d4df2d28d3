/** A reference that cannot be resolved; the message is for people. */
export class UnresolvedVariable extends Error {}

/**
 * A text with its variables filled in, as Compose does
 * (https://docs.docker.com/reference/compose-file/interpolation): `$NAME`, `${NAME}`, `:-` and `-` for
 * a default, `:+` and `+` for a replacement, `:?` and `?` for an error, `$$` for a dollar sign. Defaults
 * may hold variables themselves.
 * @param onMissing told the name of a variable that has no value and no default: it is empty
 * @throws UnresolvedVariable
 */
export function expandVariables(
  text: string,
  variables: Readonly<Record<string, string | undefined>>,
  onMissing: (name: string) => void,
): string {
  let result = '';
  for (let at = 0; at < text.length;) {
    const rest = text.slice(at);
    const plain = /^\$([A-Za-z_][A-Za-z0-9_]*)/.exec(rest);
    if (rest.startsWith('$$')) {
      result += '$';
      at += 2;
    } else if (rest.startsWith('${')) {
      const inner = upToBrace(rest.slice(2));
      result += resolve(inner, variables, onMissing);
      at += inner.length + 3;
    } else if (plain?.[1] !== undefined) {
      result += valueOf(plain[1], variables, onMissing);
      at += plain[0].length;
    } else {
      result += text.charAt(at);
      at += 1;
    }
  }
  return result;
}

function upToBrace(text: string): string {
  let depth = 1;
  for (let at = 0; at < text.length; at += 1) {
    if (text.startsWith('${', at)) depth += 1;
    else if (text.charAt(at) === '}') depth -= 1;
    if (depth === 0) return text.slice(0, at);
  }
  throw new UnresolvedVariable(`\${${text} has no closing brace`);
}

function resolve(
  inner: string,
  variables: Readonly<Record<string, string | undefined>>,
  onMissing: (name: string) => void,
): string {
  const parts = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])([^]*))?$/.exec(inner);
  const [, name = '', operator, word = ''] = parts ?? [];
  if (parts === null) throw new UnresolvedVariable(`\${${inner}} names no variable`);
  if (operator === undefined) return valueOf(name, variables, onMissing);
  const value = variables[name];
  const isSet = value !== undefined && !(operator.startsWith(':') && value === '');
  const other = () => expandVariables(word, variables, onMissing);
  if (operator.endsWith('+')) return isSet ? other() : '';
  if (isSet) return value;
  if (operator.endsWith('?')) throw new UnresolvedVariable(`${name} has no value: ${other()}`);
  return other();
}

function valueOf(
  name: string,
  variables: Readonly<Record<string, string | undefined>>,
  onMissing: (name: string) => void,
): string {
  const value = variables[name];
  if (value === undefined) onMissing(name);
  return value ?? '';
}
