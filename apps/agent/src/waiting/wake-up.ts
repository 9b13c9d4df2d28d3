/** Something may have happened: one waits, others wake. A wake-up before the wait is not lost. */
export class WakeUp {
  private happened = false;
  private waiting: (() => void) | undefined;

  wake(): void {
    this.happened = true;
    this.waiting?.();
  }

  /** What happened up to now has been looked at. */
  reset(): void {
    this.happened = false;
  }

  /** Resolves at the first wake-up since the last reset, or when the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.happened || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        signal.removeEventListener('abort', end);
        this.waiting = undefined;
        resolve();
      };
      this.waiting = end;
      signal.addEventListener('abort', end);
    });
  }
}
