/** The growth per second of counters that only ever grow. */
export class CounterRate {
  private readonly last = new Map<string, { readonly value: number; readonly at: number }>();

  /**
   * @param at monotonic time in milliseconds
   * @returns undefined for the first value, and after the counter began anew
   */
  perSecond(counter: string, value: number, at: number): number | undefined {
    const last = this.last.get(counter);
    this.last.set(counter, { value, at });
    if (last === undefined || value < last.value || at <= last.at) return undefined;
    return ((value - last.value) * 1000) / (at - last.at);
  }

  /** Forgets counters that were not seen since `at`: their device has gone. */
  forgetOlderThan(at: number): void {
    for (const [counter, last] of this.last) if (last.at < at) this.last.delete(counter);
  }
}
