/** A value as it stands in a file: what it is, and where. Offsets are those of the source text. */
export type Node = ScalarNode | MapNode | ListNode;

interface Placed {
  offset: number;
  /** How many values it holds, itself and expanded aliases included. */
  size: number;
}

export interface ScalarNode extends Placed {
  kind: 'scalar';
  value: string | number | boolean | null;
  /** The decoded text, also of numbers and the like: `1.10` stays `1.10`. */
  text: string;
  /** Where the undecoded content lies; `indent` is set for a literal block (`|`). */
  content: { start: number; end: number; indent?: number };
}

export interface MapEntry {
  keyOffset: number;
  value: Node;
}

export interface MapNode extends Placed {
  kind: 'map';
  entries: Map<string, MapEntry>;
}

export interface ListNode extends Placed {
  kind: 'list';
  items: Node[];
}

/** The plain value of a node. */
export function toValue(node: Node): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(toValue);
    case 'map':
      return Object.fromEntries(
        [...node.entries].map(([key, entry]) => [key, toValue(entry.value)]),
      );
  }
}

/** The node at a path, when there is one. */
export function nodeAt(root: Node, path: readonly PropertyKey[]): Node | undefined {
  let node: Node | undefined = root;
  for (const segment of path) {
    if (node === undefined) return undefined;
    node = childOf(node, segment);
  }
  return node;
}

/**
 * Where to point for a path: at the key of its last segment when that is an entry of a map, at the
 * item of a list, and for something that is missing at the nearest thing around it that exists.
 */
export function offsetOf(root: Node, path: readonly PropertyKey[]): number {
  let node = root;
  let offset = root.offset;
  for (const segment of path) {
    const child = childOf(node, segment);
    if (child === undefined) return offset;
    const entry = node.kind === 'map' ? node.entries.get(String(segment)) : undefined;
    offset = entry?.keyOffset ?? child.offset;
    node = child;
  }
  return offset;
}

/** The offset of character `index` of a scalar's text; its start where the two cannot be matched. */
export function offsetWithin(source: string, node: ScalarNode, index: number): number {
  const { start, end, indent } = node.content;
  const raw = source.slice(start, end);
  if (raw.startsWith(node.text)) return start + index;
  if (indent === undefined) return node.offset;
  const before = node.text.slice(0, index).split('\n');
  const rawLines = raw.split('\n');
  const skipped = rawLines.slice(0, before.length - 1).join('\n').length;
  const lineBreak = before.length > 1 ? 1 : 0;
  return start + skipped + lineBreak + indent + (before.at(-1)?.length ?? 0);
}

function childOf(node: Node, segment: PropertyKey): Node | undefined {
  if (node.kind === 'map') return node.entries.get(String(segment))?.value;
  if (node.kind === 'list') return node.items[Number(segment)];
  return undefined;
}
