import type { Page } from '@vigil/contracts';
import { HttpProblem } from '@vigil/service';
import { z } from 'zod';

/** Where the last page ended: the values of the columns that the list is ordered by. */
export type Position = readonly (string | number)[];

export const DEFAULT_PAGE = 100;

export interface PageRequest {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

const Values = z.array(z.union([z.string(), z.number()])).max(4);

/** Opaque to callers: they send it back, and nothing else. */
export function encodeCursor(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * The position of a cursor that {@link encodeCursor} made, with so many values.
 * @throws HttpProblem 400
 */
export function decodeCursor(cursor: string | undefined, length: number): Position | undefined {
  if (cursor === undefined) return undefined;
  const position = Values.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (position.success && position.data.length === length) return position.data;
  const message = 'expected the nextCursor of the page before';
  throw new HttpProblem(400, {
    detail: `cursor: ${message}`,
    errors: [{ path: 'query.cursor', message }],
  });
}

/**
 * A page of rows that were asked for with one more than the limit: that one says whether there is a
 * next page.
 */
export function pageFrom<Row, Item>(
  rows: readonly Row[],
  request: PageRequest,
  toItem: (row: Row) => Item,
  positionOf: (row: Row) => Position,
): Page<Item> {
  const limit = request.limit ?? DEFAULT_PAGE;
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    items: shown.map(toItem),
    nextCursor: hasMore ? encodeCursor(positionOf(last)) : null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
