import { Injectable } from '@nestjs/common';
import {
  QUERY_LIMITS,
  resolveTime,
  type MetricQuery,
  type QueryAggregation,
  type QueryResult,
} from '@vigil/contracts';
import { HttpProblem } from '@vigil/service';
import { SampleReader, type GroupPoint, type SeriesRecord, type TimeRange } from '@vigil/storage';

const DEFAULT_RANGE = { kind: 'relative', offsetMs: -3_600_000 } as const;
const NOW = { kind: 'relative', offsetMs: 0 } as const;

/** A query with its defaults and times filled in. */
interface Plan {
  readonly range: TimeRange;
  readonly aggregation: QueryAggregation | undefined;
  readonly stepMs: number | undefined;
  readonly by: readonly string[] | undefined;
}

type SeriesHead = Omit<QueryResult['series'][number], 'points'>;

/** Series that are answered as one. */
interface Group {
  readonly head: SeriesHead;
  readonly ids: readonly number[];
}

/** Answers `GET /query`. */
@Injectable()
export class RunQuery {
  constructor(private readonly reader: SampleReader) {}

  /** @throws HttpProblem 400 for a question without sense, 422 for one that is too big */
  async run(query: MetricQuery, now: number): Promise<QueryResult> {
    const plan = planOf(query, now);
    const selector = { name: query.metric, source: query.source, labels: query.labels };
    const series = await this.reader.findSeries(selector, QUERY_LIMITS.series + 1);
    if (series.length > QUERY_LIMITS.series) {
      throw tooBig(`more than ${QUERY_LIMITS.series} series match; name a source or labels`);
    }
    const groups = groupsOf(series, plan.by);
    const points = await this.read(groups, plan);
    if (points.length > QUERY_LIMITS.points) {
      throw tooBig(
        `more than ${QUERY_LIMITS.points} points; ask for a shorter range or a longer step`,
      );
    }
    return { series: assemble(groups, points) };
  }

  private read(groups: readonly Group[], plan: Plan): Promise<GroupPoint[]> {
    const groupOf = new Map(groups.flatMap(({ ids }, number) => ids.map((id) => [id, number])));
    if (groupOf.size === 0) return Promise.resolve([]);
    const limit = QUERY_LIMITS.points + 1;
    const { range, aggregation, stepMs } = plan;
    if (aggregation === undefined) return this.reader.points(groupOf, range, limit);
    return this.reader.aggregate(groupOf, range, aggregation, stepMs, limit);
  }
}

function planOf(query: MetricQuery, now: number): Plan {
  const range = {
    from: resolveTime(query.from ?? DEFAULT_RANGE, now),
    to: resolveTime(query.to ?? NOW, now),
  };
  const { step, by } = query;
  if (range.from >= range.to) throw senseless('from', 'expected a time before to');
  if (by !== undefined && step === undefined && query.agg === undefined) {
    throw senseless('by', 'expected only beside agg or step: samples as they are have no groups');
  }
  if (step !== undefined && (range.to - range.from) / step > QUERY_LIMITS.stepsPerSeries) {
    throw tooBig(`more than ${QUERY_LIMITS.stepsPerSeries} steps; ask for a longer step`);
  }
  const aggregation = query.agg ?? (step === undefined ? undefined : 'avg');
  return { range, aggregation, stepMs: step, by };
}

/** One group per series, or with `by` one per combination of the labels that it names. */
function groupsOf(series: readonly SeriesRecord[], by: readonly string[] | undefined): Group[] {
  if (by === undefined) {
    return series.map((each) => ({ head: headOf(each, each.source, each.labels), ids: [each.id] }));
  }
  const names = by.filter((name) => name !== 'source');
  const groups = new Map<string, { head: SeriesHead; ids: number[] }>();
  for (const each of series) {
    const source = by.includes('source') ? each.source : null;
    // a series without the label has it empty, as in Prometheus
    const labels = Object.fromEntries(names.map((name) => [name, each.labels[name] ?? '']));
    const key = JSON.stringify([source, ...names.map((name) => labels[name])]);
    const group = groups.get(key) ?? { head: headOf(each, source, labels), ids: [] };
    group.ids.push(each.id);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function headOf(
  { name }: SeriesRecord,
  source: string | null,
  labels: Readonly<Record<string, string>>,
): SeriesHead {
  return { metric: name, source, labels: { ...labels } };
}

/** Groups without a sample in the range are left out. */
function assemble(groups: readonly Group[], points: readonly GroupPoint[]): QueryResult['series'] {
  const series: QueryResult['series'] = groups.map(({ head }) => ({ ...head, points: [] }));
  for (const { group, timestamp, value } of points) series[group]?.points.push([timestamp, value]);
  return series.filter((each) => each.points.length > 0);
}

function senseless(parameter: string, message: string): HttpProblem {
  const errors = [{ path: `query.${parameter}`, message }];
  return new HttpProblem(400, { detail: `${parameter}: ${message}`, errors });
}

function tooBig(detail: string): HttpProblem {
  return new HttpProblem(422, { detail, title: 'Too much at once' });
}
