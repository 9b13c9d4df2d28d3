import {
  EVENT_ID,
  getScalarValue,
  SCALAR_STYLE,
  type AliasEvent,
  type Event,
  type MappingEvent,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml';
import { MANIFEST_LIMITS } from '../limits.js';
import type { TextDocument, TextProblem } from './document.js';
import type { ListNode, MapNode, Node, ScalarNode } from './node.js';
import { resolvePlainScalar } from './yaml-scalar.js';

/** How far the first character of a block is looked for. */
const MAX_INDENT = 256;

interface OpenMap {
  node: MapNode;
  /** The key that waits for its value; `ignored` when it was refused. */
  key?: { text: string; offset: number; ignored: boolean };
  anchor: string | undefined;
}

interface OpenList {
  node: ListNode;
  anchor: string | undefined;
}

type Open = OpenMap | OpenList;

/** Builds the nodes of one document from js-yaml's events, which carry the offsets. */
export class YamlComposer {
  private readonly problems: TextProblem[] = [];
  private readonly anchors = new Map<string, Node>();
  private readonly open: Open[] = [];
  private root: Node | undefined;
  private aliases = 0;
  /** Where the last event was: an empty value has no place of its own. */
  private lastOffset = 0;

  constructor(private readonly text: string) {}

  compose(events: readonly Event[]): TextDocument {
    for (const event of events) this.accept(event);
    const document = { offset: this.root?.offset ?? 0, problems: this.problems };
    return this.root === undefined ? document : { ...document, root: this.root };
  }

  private accept(event: Event): void {
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.add(this.scalar(event));
      case EVENT_ID.ALIAS:
        return this.add(this.alias(event));
      case EVENT_ID.MAPPING: {
        const node: MapNode = { kind: 'map', offset: event.start, size: 1, entries: new Map() };
        return this.begin({ node, anchor: this.anchorOf(event) }, event);
      }
      case EVENT_ID.SEQUENCE: {
        const node: ListNode = { kind: 'list', offset: event.start, size: 1, items: [] };
        return this.begin({ node, anchor: this.anchorOf(event) }, event);
      }
      case EVENT_ID.POP:
        return this.end();
      case EVENT_ID.DOCUMENT:
        return;
    }
  }

  private begin(opened: Open, event: MappingEvent | SequenceEvent): void {
    this.lastOffset = event.start;
    this.refuseTag(event);
    this.open.push(opened);
  }

  private end(): void {
    const closed = this.open.pop();
    if (closed === undefined) return;
    if (closed.anchor !== undefined) this.anchors.set(closed.anchor, closed.node);
    this.add(closed.node);
  }

  private scalar(event: ScalarEvent): ScalarNode {
    const text = getScalarValue(this.text, event);
    const empty = event.valueStart < 0;
    const start = empty ? this.lastOffset : event.valueStart;
    const offset = this.beginning(event, start);
    this.lastOffset = offset;
    const isText = this.refuseTag(event) === '!!str' || event.style !== SCALAR_STYLE.PLAIN;
    const literal = event.style === SCALAR_STYLE.LITERAL_BLOCK && event.indent >= 0;
    const node: ScalarNode = {
      kind: 'scalar',
      offset,
      size: 1,
      text,
      value: isText ? text : resolvePlainScalar(text),
      content: {
        start,
        end: empty ? start : event.valueEnd,
        ...(literal ? { indent: event.indent } : {}),
      },
    };
    const anchor = this.anchorOf(event);
    if (anchor !== undefined) this.anchors.set(anchor, node);
    return node;
  }

  /** Where people see a value begin: at its quote, or at the first character of a block. */
  private beginning({ style }: ScalarEvent, start: number): number {
    switch (style) {
      case SCALAR_STYLE.SINGLE_QUOTED:
      case SCALAR_STYLE.DOUBLE_QUOTED:
        return start - 1;
      case SCALAR_STYLE.LITERAL_BLOCK:
      case SCALAR_STYLE.FOLDED_BLOCK:
        return start + (/^\s*/.exec(this.text.slice(start, start + MAX_INDENT))?.[0].length ?? 0);
      default:
        return start;
    }
  }

  private alias(event: AliasEvent): Node {
    const name = this.text.slice(event.anchorStart, event.anchorEnd);
    const offset = event.anchorStart - 1;
    this.lastOffset = offset;
    this.aliases += 1;
    const target = this.anchors.get(name);
    const problem = this.aliasProblem(name, target);
    if (problem === undefined && target !== undefined) return target;
    if (problem !== undefined) this.report(offset, problem);
    return nothing(offset);
  }

  private aliasProblem(name: string, target: Node | undefined): string | undefined {
    if (this.aliases > MANIFEST_LIMITS.aliases) {
      return `found more than ${MANIFEST_LIMITS.aliases} aliases, expected at most that many in a document`;
    }
    if (this.open.some((opened) => opened.anchor === name)) {
      return `found the alias *${name} inside of what it names, expected no recursion`;
    }
    if (target === undefined)
      return `found the alias *${name}, expected an anchor &${name} before it`;
    const size = this.open.reduce((sum, opened) => sum + opened.node.size, target.size);
    if (size > MANIFEST_LIMITS.nodes) {
      return `aliases expand to ${size} values, expected at most ${MANIFEST_LIMITS.nodes}`;
    }
    return undefined;
  }

  /** Puts a finished node where it belongs. */
  private add(node: Node): void {
    const parent = this.open.at(-1);
    if (parent === undefined) {
      this.root = node;
      return;
    }
    if (isOpenMap(parent)) {
      this.addToMap(parent, node);
      return;
    }
    parent.node.items.push(node);
    parent.node.size += node.size;
  }

  private addToMap(parent: OpenMap, node: Node): void {
    const { key } = parent;
    if (key === undefined) {
      parent.key = this.keyOf(parent.node, node);
      return;
    }
    delete parent.key;
    if (key.ignored) return;
    parent.node.entries.set(key.text, { keyOffset: key.offset, value: node });
    parent.node.size += node.size;
  }

  private keyOf(map: MapNode, node: Node): { text: string; offset: number; ignored: boolean } {
    const text = node.kind === 'scalar' ? node.text : '';
    const problem = keyProblem(map, node);
    if (problem !== undefined) {
      this.problems.push({ offset: node.offset, path: [...this.path(), text], message: problem });
    }
    return { text, offset: node.offset, ignored: problem !== undefined };
  }

  private anchorOf(event: ScalarEvent | MappingEvent | SequenceEvent): string | undefined {
    return event.anchorStart < 0 ? undefined : this.text.slice(event.anchorStart, event.anchorEnd);
  }

  /** Returns the tag when it is one of YAML's own for text; any other is a problem. */
  private refuseTag(event: ScalarEvent | MappingEvent | SequenceEvent): string | undefined {
    if (event.tagStart < 0) return undefined;
    const tag = this.text.slice(event.tagStart, event.tagEnd);
    if (tag !== '!!str') {
      this.report(event.tagStart, `found the tag ${tag}, expected a value without a tag`);
    }
    return tag;
  }

  private report(offset: number, message: string): void {
    this.problems.push({ offset, path: this.path(), message });
  }

  /** The path of the value that comes next. */
  private path(): PropertyKey[] {
    return this.open.flatMap((opened): PropertyKey[] => {
      if (!isOpenMap(opened)) return [opened.node.items.length];
      return opened.key === undefined ? [] : [opened.key.text];
    });
  }
}

function isOpenMap(opened: Open): opened is OpenMap {
  return opened.node.kind === 'map';
}

function nothing(offset: number): ScalarNode {
  const content = { start: offset, end: offset };
  return { kind: 'scalar', offset, size: 1, value: null, text: '', content };
}

function keyProblem(map: MapNode, key: Node): string | undefined {
  if (key.kind !== 'scalar') return 'found a list or map as a key, expected text';
  if (typeof key.value !== 'string') {
    return `found the key ${key.text === '' ? 'nothing' : key.text}, expected text: write "${key.text}" in quotes`;
  }
  if (key.value === '<<') return 'found a merge key (<<), expected every field to be written out';
  // assigning it would change the prototype of an object instead of its fields
  if (key.value === '__proto__') return 'found the key "__proto__", expected another name';
  const earlier = map.entries.has(key.value);
  return earlier ? `found the key ${JSON.stringify(key.value)} twice, expected it once` : undefined;
}
