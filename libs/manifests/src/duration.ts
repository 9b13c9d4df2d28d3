const MS = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** As in Prometheus: units from the largest to the smallest, each at most once; or `0`. */
export const DURATION_PATTERN =
  /^(?:0|(?=\d)(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?)$/;

/** Nothing that Vigil waits for takes longer. */
export const MAX_DURATION_MS = 100 * MS.y;

/**
 * Milliseconds of a duration in Prometheus' form: `1h30m`, `200ms`, `5m`; a year has 365 days.
 * Undefined for anything else, also for a number without a unit, and beyond {@link MAX_DURATION_MS}.
 */
export function parseDuration(text: string): number | undefined {
  const match = DURATION_PATTERN.exec(text);
  if (match === null) return undefined;
  const units = [MS.y, MS.w, MS.d, MS.h, MS.m, MS.s, MS.ms];
  const total = units.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit, 0);
  return total <= MAX_DURATION_MS ? total : undefined;
}

/** The shortest text that {@link parseDuration} reads as `ms` (a whole number, 0 or more). */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / MS[unit]);
    rest -= count * MS[unit];
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}
