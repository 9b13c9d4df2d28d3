const FIRST_MS = 1_000;
const CAP_MS = 30_000;
/** A process that lived this long has recovered: its next end counts as the first again. */
const STABLE_MS = 60_000;

/** How long to wait before a process that ended is started again: 1 s, 2 s, 4 s … 30 s. */
export class RestartDelay {
  private failures = 0;

  /** @param uptimeMs how long the process that has just ended had lived */
  next(uptimeMs: number): number {
    if (uptimeMs >= STABLE_MS) this.failures = 0;
    const delay = Math.min(CAP_MS, FIRST_MS * 2 ** this.failures);
    this.failures += 1;
    return delay;
  }
}
