/** A pause that ends early when somebody knows that waiting has lost its reason. */
export class InterruptiblePause {
  private end: (() => void) | undefined;

  /** Resolves after `ms`, at `interrupt`, or when the signal is aborted. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.end = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
      this.end = end;
    });
  }

  interrupt(): void {
    this.end?.();
  }
}
