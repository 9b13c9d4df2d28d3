/** Longer than a timer can wait it would not wait at all, milliseconds. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Those who wait for an answer that carries a key. */
export class Waiters<Answer> {
  private readonly waiting = new Map<string, Set<(answer: Answer) => void>>();

  /** The answer; undefined when the time is over or the signal aborted first. */
  wait(key: string, timeoutMs: number, signal: AbortSignal): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      const finish = (answer: Answer | undefined) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.remove(key, finish);
        resolve(answer);
      };
      const giveUp = () => {
        finish(undefined);
      };
      const timer = setTimeout(giveUp, Math.min(timeoutMs, LONGEST_TIMER_MS));
      signal.addEventListener('abort', giveUp, { once: true });
      this.add(key, finish);
      if (signal.aborted) giveUp();
    });
  }

  /** Gives the answer to all who wait for it; false when nobody does. */
  settle(key: string, answer: Answer): boolean {
    const waiters = this.waiting.get(key);
    if (waiters === undefined) return false;
    for (const finish of [...waiters]) finish(answer);
    return true;
  }

  private add(key: string, finish: (answer: Answer) => void): void {
    const waiters = this.waiting.get(key) ?? new Set();
    waiters.add(finish);
    this.waiting.set(key, waiters);
  }

  private remove(key: string, finish: (answer: Answer) => void): void {
    const waiters = this.waiting.get(key);
    waiters?.delete(finish);
    if (waiters?.size === 0) this.waiting.delete(key);
  }
}
