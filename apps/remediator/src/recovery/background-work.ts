import { pause, type Log } from '@vigil/service';
import type { KnownWorld } from './known-world.js';

/**
 * Rounds of work beside everything else, from when the world is known to the end of the process. A
 * round that fails is logged, and the next one comes all the same.
 */
export class BackgroundWork {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly world: KnownWorld,
    private readonly log: Log,
  ) {}

  /** @param everyMs pause between two rounds, milliseconds */
  start(everyMs: number, round: (signal: AbortSignal) => Promise<void>): void {
    this.running ??= this.run(everyMs, round);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(everyMs: number, round: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    if (!(await this.world.known(signal))) return;
    do {
      await round(signal).catch((error: unknown) => {
        this.log.error('a round of background work failed, the next one will come', error);
      });
    } while (await pause(everyMs, signal));
  }
}
