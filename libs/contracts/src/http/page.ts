import { z } from 'zod';

/** A query parameter that is a number. */
const numeric = z
  .string()
  .regex(/^\d{1,9}$/, 'expected a whole number')
  .transform(Number);

/** Which part of a list is wanted. */
export const PageQuery = z.object({
  /** Items at most; default 100. */
  limit: numeric
    .pipe(z.number().min(1, 'expected at least 1').max(1000, 'expected at most 1000'))
    .optional()
    .describe('Items at most, 1 to 1000; default 100.'),
  cursor: z.string().max(512).optional().describe('`nextCursor` of the page before.'),
});

/** One page of a list; `nextCursor` is null on the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

export { numeric as NumericParam };
