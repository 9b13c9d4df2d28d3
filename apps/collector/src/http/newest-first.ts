import type { Page } from '@vigil/contracts';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { DEFAULT_PAGE, decodeCursor, pageFrom, type PageRequest } from './page-cursor.js';

/** A row that lists show newest first. */
interface Dated extends ObjectLiteral {
  readonly id: string;
}

/** The names by which a query knows its rows: an alias, and the property with their time (Unix ms). */
export interface TimeOrder<Row> {
  readonly alias: string;
  readonly time: keyof Row & string;
  readonly timeOf: (row: Row) => number;
}

/**
 * One page of a query, newest first. The cursor is the time and id of the last row, so that rows which
 * arrive meanwhile neither repeat nor hide others.
 */
export async function newestFirst<Row extends Dated, Item>(
  query: SelectQueryBuilder<Row>,
  order: TimeOrder<Row>,
  request: PageRequest,
  toItem: (row: Row) => Item,
): Promise<Page<Item>> {
  const { alias, time, timeOf } = order;
  const after = decodeCursor(request.cursor, 2);
  if (after !== undefined) {
    query.andWhere(`(${alias}.${time}, ${alias}.id) < (:afterTime, :afterId)`, {
      afterTime: new Date(Number(after[0])),
      afterId: after[1],
    });
  }
  const rows = await query
    .orderBy(`${alias}.${time}`, 'DESC')
    .addOrderBy(`${alias}.id`, 'DESC')
    .limit((request.limit ?? DEFAULT_PAGE) + 1)
    .getMany();
  return pageFrom(rows, request, toItem, (row) => [timeOf(row), row.id]);
}

/** Adds `property = value` for each value that is given. */
export function whereGiven<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  alias: string,
  values: Readonly<Record<string, string | undefined>>,
): void {
  for (const [property, value] of Object.entries(values)) {
    if (value !== undefined)
      query.andWhere(`${alias}.${property} = :${property}`, { [property]: value });
  }
}
