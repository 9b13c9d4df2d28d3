/** The smallest value that at least `share` of the values do not exceed (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}

/** How a figure was spread over its repetitions, as a line of a result has it. */
export function statistics(seconds: readonly number[]): object {
  return {
    n: seconds.length,
    min_s: rounded(Math.min(...seconds)),
    p50_s: rounded(quantile(seconds, 0.5)),
    p95_s: rounded(quantile(seconds, 0.95)),
    max_s: rounded(Math.max(...seconds)),
  };
}
