import type { Page, RouteDefinition } from '@vigil/contracts';
import type { z } from 'zod';
import type { Api } from '../connection/api.js';

/** A list longer than this is cut off: the command line is for people. */
const MAX_ITEMS = 10_000;

/** All items of a list, page by page, up to `limit` (default {@link MAX_ITEMS}). */
export async function allPages<Item>(
  api: Api,
  route: RouteDefinition,
  schema: z.ZodType<Page<Item>>,
  query: Readonly<Record<string, string | undefined>> = {},
  limit: number = MAX_ITEMS,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const size = String(Math.min(1000, limit - items.length));
    const page = await api.call(route, schema, { query: { ...query, limit: size, cursor } });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && items.length < limit);
  return items;
}
