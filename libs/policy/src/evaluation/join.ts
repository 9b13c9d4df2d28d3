import { labelsKey, pickLabels, type Labels } from '../labels.js';
import type { Signal } from './signal.js';

/** A pair of signals whose labels agree; one side is absent where nothing agrees. */
export interface Pair {
  readonly labels: Labels;
  readonly left: Signal | undefined;
  readonly right: Signal | undefined;
}

/** The most groups that one condition may have; a join of two large label sets stops here. */
export const MAX_GROUPS = 10_000;

/**
 * Pairs signals whose labels have the same value for every label that both have (a natural join):
 * `disk_usage{source,mount}` meets `cpu_usage{source}` of the same source, and a group without labels
 * meets everything. What meets nothing comes alone. Undefined when there are more than
 * {@link MAX_GROUPS} pairs.
 */
export function joinSignals(
  left: readonly Signal[],
  right: readonly Signal[],
): readonly Pair[] | undefined {
  const pairs: Pair[] = [];
  const met = new Set<Signal>();
  for (const leftGroup of groupByNames(left)) {
    const indexes = groupByNames(right).map((rightGroup) => indexOf(leftGroup.names, rightGroup));
    for (const signal of leftGroup.signals) {
      const partners = indexes.flatMap(({ shared, byKey }) => {
        return byKey.get(labelsKey(pickLabels(signal.labels, shared))) ?? [];
      });
      for (const partner of partners) {
        pairs.push({ labels: merged(signal, partner), left: signal, right: partner });
        met.add(partner);
      }
      if (partners.length === 0)
        pairs.push({ labels: signal.labels, left: signal, right: undefined });
      if (pairs.length > MAX_GROUPS) return undefined;
    }
  }
  for (const signal of right) {
    if (!met.has(signal)) pairs.push({ labels: signal.labels, left: undefined, right: signal });
  }
  return pairs.length > MAX_GROUPS ? undefined : pairs;
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

function merged(left: Signal, right: Signal): Labels {
  return left.labels === right.labels ? left.labels : { ...left.labels, ...right.labels };
}
