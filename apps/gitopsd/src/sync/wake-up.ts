import { once } from 'node:events';

/** Lets one loop sleep until a time is over or somebody wakes it. A wake-up while awake is kept. */
export class WakeUp {
  private readonly target = new EventTarget();
  private pending = false;

  wake(): void {
    this.pending = true;
    this.target.dispatchEvent(new Event('wake'));
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.pending && !signal.aborted) {
      const timeout = AbortSignal.timeout(Math.max(1, milliseconds));
      // ends by its event, or by an abort that means the same to the loop
      await once(this.target, 'wake', { signal: AbortSignal.any([signal, timeout]) }).catch(
        () => undefined,
      );
    }
    this.pending = false;
  }
}
