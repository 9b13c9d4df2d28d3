const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** As in Prometheus and in manifests: units from the largest to the smallest, each at most once. */
const DURATION = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Reads `500ms`, `90s`, `5m`, `1h30m`, `1d` as milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const total = Object.values(UNIT_MS).reduce(
    (sum, size, index) => sum + Number(match[index + 1] ?? 0) * size,
    0,
  );
  return Number.isSafeInteger(total) ? total : undefined;
}

/** The shortest form that {@link parseDuration} reads back: `5m`, `1h30m`, `0s`. Rounds to 1 ms. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds));
  let text = '';
  for (const [unit, size] of Object.entries(UNIT_MS)) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === '' ? '0s' : text;
}
