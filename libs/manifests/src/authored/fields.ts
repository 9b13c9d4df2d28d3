import { z } from 'zod';
import { DURATION_PATTERN, parseDuration } from '../duration.js';
import { LABEL_KEY, LABEL_VALUE, RESERVED_LABEL_PREFIX } from '../names.js';
import { parseQuantity, QUANTITY_PATTERN } from '../quantity.js';
import { parseResourceId } from '../resource-id.js';

// The message of every schema here says what was expected, as it goes on after "found …, expected".

export function text(expected: string) {
  return z.string({ error: expected }).min(1, { error: expected });
}

export function matching(pattern: RegExp, expected: string) {
  return z.string({ error: expected }).regex(pattern, { error: expected });
}

export function wholeNumber(min: number, max: number, what = 'a whole number') {
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
  const expected = `${what}, ${range}`;
  return z
    .number({ error: expected })
    .refine((value) => Number.isInteger(value) && value >= min && value <= max, { error: expected })
    .meta({ type: 'integer', minimum: min, maximum: max });
}

export function flag() {
  return z.boolean({ error: 'true or false' });
}

/** A duration of at least `minMs`, read as milliseconds. */
export function duration(minMs = 0) {
  const unit = 'a duration with its unit, such as 200ms, 30s or 1h30m';
  const expected = minMs === 0 ? unit : `${unit}, of at least ${minMs}ms`;
  return z
    .union([z.string().regex(DURATION_PATTERN, { error: expected }), z.literal(0)], {
      error: expected,
    })
    .transform((value, context) => {
      const ms = parseDuration(String(value));
      if (ms !== undefined && ms >= minMs) return ms;
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    });
}

/** A positive quantity, read by `convert` from nano-units. */
export function quantity(expected: string, convert: (nanos: bigint) => number) {
  return z
    .union([z.string().regex(QUANTITY_PATTERN, { error: expected }), z.number()], {
      error: expected,
    })
    .transform((value, context) => {
      const nanos = parseQuantity(String(value));
      if (nanos !== undefined && nanos > 0n) return convert(nanos);
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    });
}

export function resourceReference() {
  const expected = 'a resource as namespace/name or namespace/kind/name';
  return z.string({ error: expected }).transform((value, context) => {
    const id = parseResourceId(value);
    if (id !== undefined) return id;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

export function labels() {
  const key = matching(LABEL_KEY, 'a label name of letters, digits, "-", "_" and "."').refine(
    (name) => !name.startsWith(RESERVED_LABEL_PREFIX),
    { error: `a label outside ${RESERVED_LABEL_PREFIX}, which belongs to Vigil` },
  );
  const value = matching(
    LABEL_VALUE,
    'a label value: at most 63 letters, digits, "-", "_" and "." (in quotes when it is a number)',
  );
  return z.record(key, value);
}

export const matchLabels = () => z.strictObject({ matchLabels: labels() });
