import type { EntityManager } from 'typeorm';
import type { Database } from '../database.js';
import { int4Array } from './binary-array.js';

export const AGGREGATIONS = [
  'avg',
  'min',
  'max',
  'sum',
  'count',
  'last',
  'p50',
  'p95',
  'p99',
] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

export interface SeriesSelector {
  readonly name: string;
  readonly source?: string | undefined;
  /** Any of them. */
  readonly sources?: readonly string[] | undefined;
  /** All of them have to be there with this value. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

export interface SeriesRecord {
  readonly id: number;
  readonly name: string;
  readonly source: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Unix ms; `to` is exclusive. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** One point of the group with this number. */
export interface GroupPoint {
  readonly group: number;
  /** Unix ms; of an aggregate: where its step begins. */
  readonly timestamp: number;
  readonly value: number;
}

/**
 * How each aggregation is computed over the samples of a group and step. Percentiles interpolate
 * linearly between the two nearest samples, as `quantile_over_time` of Prometheus does. `last` takes
 * the newest sample; of several at the same time, the one of the series that is newest.
 */
const EXPRESSIONS: Readonly<Record<Aggregation, string>> = {
  avg: 'avg(s.value)',
  min: 'min(s.value)',
  max: 'max(s.value)',
  sum: 'sum(s.value)',
  count: 'count(*)::float8',
  last: '(array_agg(s.value ORDER BY s.timestamp DESC, s.series_id DESC))[1]',
  p50: 'percentile_cont(0.5) WITHIN GROUP (ORDER BY s.value)',
  p95: 'percentile_cont(0.95) WITHIN GROUP (ORDER BY s.value)',
  p99: 'percentile_cont(0.99) WITHIN GROUP (ORDER BY s.value)',
};

/** Reads samples; written by {@link PostgresSampleStore}. */
export class SampleReader {
  constructor(private readonly database: Database) {}

  /** At most `limit` series, by id. */
  async findSeries(selector: SeriesSelector, limit: number): Promise<SeriesRecord[]> {
    return this.database.run((manager) =>
      manager.query<SeriesRecord[]>(
        `SELECT id, name, source, labels FROM series
          WHERE name = $1 AND ($2::text IS NULL OR source = $2) AND labels @> $3::jsonb
            AND ($5::text[] IS NULL OR source = ANY ($5))
          ORDER BY id LIMIT $4`,
        [
          selector.name,
          selector.source ?? null,
          JSON.stringify(selector.labels ?? {}),
          limit,
          selector.sources ?? null,
        ],
      ),
    );
  }

  /**
   * The samples themselves, by group and time, at most `limit`.
   * @param groupOf group number of each series id
   */
  async points(
    groupOf: ReadonlyMap<number, number>,
    range: TimeRange,
    limit: number,
  ): Promise<GroupPoint[]> {
    return this.select(
      groupOf,
      `SELECT g.number AS "group", s.timestamp AS at, s.value
         ${FROM_GROUPS} ORDER BY 1, 2, s.series_id LIMIT $5`,
      [new Date(range.from), new Date(range.to), limit],
    );
  }

  /** The newest samples of each series, at most `limit` of each, by group and time. */
  async newestPoints(
    groupOf: ReadonlyMap<number, number>,
    range: TimeRange,
    limit: number,
  ): Promise<GroupPoint[]> {
    return this.select(
      groupOf,
      `SELECT g.number AS "group", s.timestamp AS at, s.value
         FROM unnest($1::int4[], $2::int4[]) AS g(series_id, number)
        CROSS JOIN LATERAL (
                SELECT timestamp, value FROM samples
                 WHERE series_id = g.series_id AND timestamp >= $3 AND timestamp < $4
                 ORDER BY timestamp DESC LIMIT $5) s
        ORDER BY 1, 2, g.series_id`,
      [new Date(range.from), new Date(range.to), limit],
    );
  }

  /**
   * One point per group and step that has samples; steps begin at multiples of `stepMs` since 1970,
   * and only samples within the range count. Without `stepMs` the whole range is one step.
   */
  async aggregate(
    groupOf: ReadonlyMap<number, number>,
    range: TimeRange,
    aggregation: Aggregation,
    stepMs: number | undefined,
    limit: number,
  ): Promise<GroupPoint[]> {
    const step = stepMs ?? range.to - range.from;
    const origin = new Date(stepMs === undefined ? range.from : 0);
    return this.select(
      groupOf,
      `SELECT g.number AS "group",
              date_bin($6 * interval '1 millisecond', s.timestamp, $7::timestamptz) AS at,
              ${EXPRESSIONS[aggregation]} AS value
         ${FROM_GROUPS} GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $5`,
      [new Date(range.from), new Date(range.to), limit, step, origin],
    );
  }

  private async select(
    groupOf: ReadonlyMap<number, number>,
    statement: string,
    parameters: readonly unknown[],
  ): Promise<GroupPoint[]> {
    const groups = [int4Array([...groupOf.keys()]), int4Array([...groupOf.values()])];
    const rows = await this.database.run((manager: EntityManager) =>
      manager.query<{ group: number; at: Date; value: number }[]>(statement, [
        ...groups,
        ...parameters,
      ]),
    );
    return rows.map(({ group, at, value }) => ({ group, timestamp: at.getTime(), value }));
  }
}

const FROM_GROUPS = `
  FROM unnest($1::int4[], $2::int4[]) AS g(series_id, number)
  JOIN samples s ON s.series_id = g.series_id
 WHERE s.timestamp >= $3 AND s.timestamp < $4`;
