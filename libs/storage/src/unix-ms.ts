import type { ValueTransformer } from 'typeorm';

/** Lets an entity hold Unix milliseconds where its column is a `timestamptz`. */
export const unixMs: ValueTransformer = {
  to: (value: number | null | undefined) =>
    value === undefined || value === null ? value : new Date(value),
  from: (value: Date | null) => value?.getTime() ?? null,
};
