import { formatDuration } from '@vigil/manifests';
import type { Field } from './field.js';

const UNIT_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** A duration such as `1m30s`, as manifests write it. */
export function composeDuration(field: Field): string {
  const text = field.text();
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    field.error(`found ${text}, expected a duration such as 1m30s`);
  }
  const ms = parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS[unit] ?? 0),
    0,
  );
  return formatDuration(Math.round(ms));
}

const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

/** Compose's `64m`, `1.5gb` or a number of bytes, in bytes. */
export function composeBytes(field: Field): number {
  const text = field.text().toLowerCase();
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)i?b?$/.exec(text);
  if (match === null) field.error(`found ${text}, expected a size such as 64m`);
  const [, count = '0', unit = ''] = match ?? [];
  return Math.round(Number(count) * (BYTES[unit] ?? 1));
}
