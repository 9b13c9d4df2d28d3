import { z } from 'zod';

/** Fields that engines leave out, or send as null, when there is nothing to say. */

export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
export const count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
/** The keys of an object whose values say nothing. */
export const keys = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((value) => Object.keys(value ?? {}));
