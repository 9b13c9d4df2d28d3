import { parseDuration } from '@vigil/manifests';
import { z } from 'zod';

/** A point in time as it travels over HTTP: RFC 3339, UTC, milliseconds. */
export const Instant = z.iso.datetime({ precision: 3 });

/** A point in time as people write it: absolute, or measured from now (negative: in the past). */
export type TimeExpression =
  | { readonly kind: 'absolute'; readonly unixMs: number }
  | { readonly kind: 'relative'; readonly offsetMs: number };

/** RFC 3339, Unix milliseconds, `now`, or a duration back from now such as `-1h30m`. */
export const TimeParam = z
  .string()
  .max(64)
  .transform((text, context): TimeExpression => {
    const time = parseTimeExpression(text);
    if (time !== undefined) return time;
    context.addIssue({
      code: 'custom',
      message: `found ${JSON.stringify(text)}, expected RFC 3339 (2026-01-31T12:00:00Z), Unix ms, now, or a time back from now (-1h)`,
    });
    return z.NEVER;
  });

/** A length of time that is not nothing, such as `30m` or `2h`; parsed: milliseconds. */
export const DurationParam = z
  .string()
  .max(64)
  .transform((text, context): number => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms > 0) return ms;
    context.addIssue({
      code: 'custom',
      message: `found ${JSON.stringify(text)}, expected a duration such as 30m or 2h`,
    });
    return z.NEVER;
  });

/** Unix ms of the latest time that JavaScript, and with it Vigil, can express. */
const MAX_UNIX_MS = 8_640_000_000_000_000;

export function parseTimeExpression(text: string): TimeExpression | undefined {
  if (text === 'now') return { kind: 'relative', offsetMs: 0 };
  if (text.startsWith('-')) {
    const duration = parseDuration(text.slice(1));
    return duration === undefined ? undefined : { kind: 'relative', offsetMs: -duration };
  }
  const unixMs = parseTimestamp(/^\d{1,16}$/.test(text) ? Number(text) : text);
  return unixMs === undefined ? undefined : { kind: 'absolute', unixMs };
}

export function resolveTime(time: TimeExpression, nowMs: number): number {
  return time.kind === 'absolute' ? time.unixMs : nowMs + time.offsetMs;
}

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Unix ms of an RFC 3339 text or a number of Unix ms; undefined for anything else. Never negative. */
export function parseTimestamp(value: string | number): number | undefined {
  if (typeof value === 'number') {
    const whole = Math.round(value);
    return whole >= 0 && whole <= MAX_UNIX_MS ? whole : undefined;
  }
  if (!RFC_3339.test(value)) return undefined;
  const unixMs = Date.parse(value.replace(' ', 'T').toUpperCase());
  return Number.isNaN(unixMs) || unixMs < 0 ? undefined : unixMs;
}
