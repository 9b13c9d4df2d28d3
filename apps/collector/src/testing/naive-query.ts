import type { QueryAggregation, QueryResult, Sample } from '@vigil/contracts';

export interface SourcedSample extends Sample {
  readonly source: string;
}

export interface NaiveQuestion {
  readonly source: string | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly from: number;
  readonly to: number;
  readonly step: number | undefined;
  readonly agg: QueryAggregation | undefined;
  readonly by: readonly string[] | undefined;
}

/** What `GET /query` has to answer, said in the plainest way: the reference of its tests. */
export function naiveQuery(
  samples: readonly SourcedSample[],
  question: NaiveQuestion,
): QueryResult['series'] {
  const { source, labels = {}, from, to, step, agg, by } = question;
  const matching = unique(samples).filter(
    (sample) =>
      (source === undefined || sample.source === source) &&
      Object.entries(labels).every(([name, value]) => sample.labels[name] === value) &&
      sample.timestamp >= from &&
      sample.timestamp < to,
  );
  const series = grouped(matching, (sample) => JSON.stringify(headOf(sample, by)));
  return [...series.values()].map((own) => {
    const [first] = own;
    if (first === undefined) throw new Error('a group has a member');
    return { ...headOf(first, by), points: pointsOf(own, from, step, agg) };
  });
}

/** The first of several samples with the same series and time counts. */
function unique(samples: readonly SourcedSample[]): SourcedSample[] {
  const seen = new Set<string>();
  return samples.filter((sample) => {
    const key = JSON.stringify([sample.source, sortedLabels(sample.labels), sample.timestamp]);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

function headOf(sample: SourcedSample, by: readonly string[] | undefined) {
  const { name: metric, source, labels } = sample;
  if (by === undefined) return { metric, source, labels: sortedLabels(labels) };
  const names = by.filter((name) => name !== 'source').toSorted();
  const values = Object.fromEntries(names.map((name) => [name, labels[name] ?? '']));
  return { metric, source: by.includes('source') ? source : null, labels: values };
}

function sortedLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort());
}

function pointsOf(
  samples: readonly SourcedSample[],
  from: number,
  step: number | undefined,
  agg: QueryAggregation | undefined,
): [number, number][] {
  const byTime = samples.toSorted((a, b) => a.timestamp - b.timestamp);
  if (agg === undefined) return byTime.map(({ timestamp, value }) => [timestamp, value]);
  const steps = grouped(byTime, ({ timestamp }) =>
    step === undefined ? from : Math.floor(timestamp / step) * step,
  );
  return [...steps].map(([at, own]) => [
    at,
    aggregate(
      own.map(({ value }) => value),
      agg,
    ),
  ]);
}

/** @param values by time */
function aggregate(values: readonly number[], agg: QueryAggregation): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const byValue = values.toSorted((a, b) => a - b);
  switch (agg) {
    case 'avg':
      return sum / values.length;
    case 'min':
      return byValue[0] ?? Number.NaN;
    case 'max':
      return byValue.at(-1) ?? Number.NaN;
    case 'sum':
      return sum;
    case 'count':
      return values.length;
    case 'last':
      return values.at(-1) ?? Number.NaN;
    case 'p50':
      return percentile(byValue, 0.5);
    case 'p95':
      return percentile(byValue, 0.95);
    case 'p99':
      return percentile(byValue, 0.99);
  }
}

function percentile(byValue: readonly number[], fraction: number): number {
  const position = (byValue.length - 1) * fraction;
  const below = byValue[Math.floor(position)] ?? Number.NaN;
  const above = byValue[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}

export function grouped<Item, Key>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
