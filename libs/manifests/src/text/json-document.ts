import { MANIFEST_LIMITS } from '../limits.js';
import type { TextDocument, TextProblem } from './document.js';
import type { ListNode, MapNode, Node, ScalarNode } from './node.js';

/** Reads strict JSON (RFC 8259). A file is one document; an empty one is none. */
export function readJson(text: string): TextDocument[] {
  return text.trim() === '' ? [] : [new JsonReader(text).read()];
}

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const STRING = /"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"/y;
const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/** What ends the reading: JSON has no way to go on after a syntax error. */
interface Failure {
  failed: true;
}
const FAILURE: Failure = { failed: true };
type Read<T> = T | Failure;

class JsonReader {
  private at = 0;
  private readonly path: PropertyKey[] = [];
  private readonly problems: TextProblem[] = [];

  constructor(private readonly text: string) {}

  read(): TextDocument {
    this.skipSpace();
    const offset = this.at;
    const root = this.value();
    if (failed(root)) return { offset, problems: this.problems };
    this.skipSpace();
    if (this.at < this.text.length) {
      this.fail('the end of the file');
      return { offset, problems: this.problems };
    }
    return { root, offset, problems: this.problems };
  }

  private value(): Read<Node> {
    if (this.path.length >= MANIFEST_LIMITS.depth) {
      return this.fail(`at most ${MANIFEST_LIMITS.depth} levels`);
    }
    switch (this.text[this.at]) {
      case '{':
        return this.object();
      case '[':
        return this.array();
      case '"':
        return this.string();
      default:
        return this.literal();
    }
  }

  private object(): Read<MapNode> {
    const node: MapNode = { kind: 'map', offset: this.at, size: 1, entries: new Map() };
    this.at += 1;
    this.skipSpace();
    if (this.take('}')) return node;
    for (;;) {
      this.skipSpace();
      const key = this.text[this.at] === '"' ? this.string() : this.fail('a key in double quotes');
      if (failed(key)) return key;
      this.path.push(key.text);
      this.skipSpace();
      if (!this.take(':')) return this.fail('":"');
      this.skipSpace();
      const value = this.value();
      if (failed(value)) return value;
      this.addEntry(node, key, value);
      this.path.pop();
      this.skipSpace();
      if (this.take('}')) return node;
      if (!this.take(',')) return this.fail('"," or "}"');
    }
  }

  private addEntry(node: MapNode, key: ScalarNode, value: Node): void {
    const problem = keyProblem(node, key.text);
    if (problem !== undefined) {
      this.problems.push({ offset: key.offset, path: [...this.path], message: problem });
      return;
    }
    node.entries.set(key.text, { keyOffset: key.offset, value });
    node.size += value.size;
  }

  private array(): Read<ListNode> {
    const node: ListNode = { kind: 'list', offset: this.at, size: 1, items: [] };
    this.at += 1;
    this.skipSpace();
    if (this.take(']')) return node;
    for (;;) {
      this.skipSpace();
      this.path.push(node.items.length);
      const item = this.value();
      if (failed(item)) return item;
      this.path.pop();
      node.items.push(item);
      node.size += item.size;
      this.skipSpace();
      if (this.take(']')) return node;
      if (!this.take(',')) return this.fail('"," or "]"');
    }
  }

  private string(): Read<ScalarNode> {
    const offset = this.at;
    const text = decode(this.match(STRING));
    if (text === undefined) {
      this.at = offset;
      return this.fail('text in double quotes, on one line and with the escapes of JSON');
    }
    const content = { start: offset + 1, end: this.at - 1 };
    return { kind: 'scalar', offset, size: 1, value: text, text, content };
  }

  private literal(): Read<ScalarNode> {
    const offset = this.at;
    const number = this.match(NUMBER);
    const text = number ?? this.match(WORD);
    const value = number === undefined ? WORDS[text ?? ''] : Number(number);
    if (text === undefined || value === undefined) {
      this.at = offset;
      return this.fail('a value');
    }
    const content = { start: offset, end: this.at };
    return { kind: 'scalar', offset, size: 1, value, text, content };
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private skipSpace(): void {
    this.match(SPACE);
  }

  private take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }

  private fail(expected: string): Failure {
    const char = this.text[this.at];
    const found = char === undefined ? 'the end of the file' : JSON.stringify(char);
    const message = `invalid JSON: found ${found}, expected ${expected}`;
    this.problems.push({ offset: this.at, path: [...this.path], message });
    return FAILURE;
  }
}

function failed<T extends object>(read: Read<T>): read is Failure {
  return 'failed' in read;
}

function decode(raw: string | undefined): string | undefined {
  if (raw === undefined) return undefined;
  try {
    return String(JSON.parse(raw));
  } catch {
    return undefined;
  }
}

function keyProblem(map: MapNode, key: string): string | undefined {
  // assigning it would change the prototype of an object instead of its fields
  if (key === '__proto__') return 'found the key "__proto__", expected another name';
  if (map.entries.has(key)) return `found the key ${JSON.stringify(key)} twice, expected it once`;
  return undefined;
}
