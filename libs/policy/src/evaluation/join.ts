import { labelsKey, pickLabels, type Labels } from '../labels.js';
import type { Signal } from './signal.js';

/** A pair of signals whose labels agree; one side is absent where nothing agrees. */
export interface Pair {
  readonly labels: Labels;
  /** Of the labels; no two pairs of a join have the same. */
  readonly key: string;
  readonly left: Signal | undefined;
  readonly right: Signal | undefined;
}

/** The most groups that one condition may have; a join of two large label sets stops here. */
export const MAX_GROUPS = 10_000;

/**
 * Pairs signals whose labels have the same value for every label that both have (a natural join):
 * `disk_usage{source,mount}` meets `cpu_usage{source}` of the same source, and a group without labels
 * meets everything. What meets nothing comes alone. Where several pairs have the same labels together,
 * the one whose sides have most of them counts: series with the same labels belong to each other.
 * Undefined when there are more than {@link MAX_GROUPS} pairs.
 */
export function joinSignals(
  left: readonly Signal[],
  right: readonly Signal[],
): readonly Pair[] | undefined {
  const pairs = new Map<string, Pair>();
  const met = new Set<Signal>();
  const rightGroups = groupByNames(right);
  for (const leftGroup of groupByNames(left)) {
    const indexes = rightGroups.map((rightGroup) => indexOf(leftGroup.names, rightGroup));
    for (const signal of leftGroup.signals) {
      const partners = indexes.flatMap(({ shared, byKey }) => {
        return byKey.get(labelsKey(pickLabels(signal.labels, shared))) ?? [];
      });
      for (const partner of partners) {
        met.add(partner);
        keepCloser(pairs, pairOf(signal, partner));
      }
      if (partners.length === 0) keepCloser(pairs, alone(signal, 'left'));
      if (pairs.size > MAX_GROUPS) return undefined;
    }
  }
  for (const signal of right) if (!met.has(signal)) keepCloser(pairs, alone(signal, 'right'));
  return pairs.size > MAX_GROUPS ? undefined : [...pairs.values()];
}

function keepCloser(pairs: Map<string, Pair>, pair: Pair): void {
  const known = pairs.get(pair.key);
  if (known === undefined || isCloser(pair, known)) pairs.set(pair.key, pair);
}

function isCloser(a: Pair, b: Pair): boolean {
  const difference = labelCount(a) - labelCount(b);
  if (difference !== 0) return difference > 0;
  return sideKeys(a) < sideKeys(b);
}

function labelCount({ left, right }: Pair): number {
  return Object.keys(left?.labels ?? {}).length + Object.keys(right?.labels ?? {}).length;
}

/** Decides between pairs that are equally close, whatever the order in which series appeared. */
function sideKeys({ left, right }: Pair): string {
  return `${labelsKey(left?.labels ?? {})} ${labelsKey(right?.labels ?? {})}`;
}

function pairOf(left: Signal, right: Signal): Pair {
  const labels = { ...left.labels, ...right.labels };
  return { labels, key: labelsKey(labels), left, right };
}

function alone(signal: Signal, side: 'left' | 'right'): Pair {
  const { labels, key = labelsKey(labels) } = signal;
  return side === 'left'
    ? { labels, key, left: signal, right: undefined }
    : { labels, key, left: undefined, right: signal };
}

interface SignalGroup {
  readonly names: readonly string[];
  readonly signals: Signal[];
}

/** Signals with the same label names: usually one group per metric. */
function groupByNames(signals: readonly Signal[]): readonly SignalGroup[] {
  const groups = new Map<string, SignalGroup>();
  for (const signal of signals) {
    const names = Object.keys(signal.labels).sort();
    const key = names.join(',');
    const group = groups.get(key) ?? { names, signals: [] };
    group.signals.push(signal);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function indexOf(
  names: readonly string[],
  group: SignalGroup,
): { shared: readonly string[]; byKey: ReadonlyMap<string, readonly Signal[]> } {
  const shared = names.filter((name) => group.names.includes(name));
  const byKey = new Map<string, Signal[]>();
  for (const signal of group.signals) {
    const key = labelsKey(pickLabels(signal.labels, shared));
    const signals = byKey.get(key) ?? [];
    signals.push(signal);
    byKey.set(key, signals);
  }
  return { shared, byKey };
}
