import { z } from 'zod';
import { PageQuery } from './page.js';

export const IdParams = z.object({ id: z.string().min(1).max(253) });

/** A list without filters. */
export const PlainPage = z.strictObject(PageQuery.shape);

export const okWith = <Schema extends z.ZodType>(description: string, schema: Schema) =>
  ({ 200: { description, schema } }) as const;

export const noContent = (description: string) => ({ 204: { description } }) as const;
