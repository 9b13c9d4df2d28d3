/**
 * Lets a message about a lasting fault through when it begins or changes, and again every
 * `everyMs`, so that an outage of an hour is a handful of lines.
 */
export class SayOnce {
  private last: { readonly text: string; readonly at: number } | undefined;

  constructor(
    private readonly everyMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** True when `text` should be written now. */
  shouldSay(text: string): boolean {
    const now = this.now();
    const repeated = this.last?.text === text && now - this.last.at < this.everyMs;
    if (repeated) return false;
    this.last = { text, at: now };
    return true;
  }

  /** The fault is over; true when it had been written about. */
  recovered(): boolean {
    const wasSaid = this.last !== undefined;
    this.last = undefined;
    return wasSaid;
  }
}
