import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../log/log.js';
import { SayOnce } from '../log/say-once.js';
import type { Collector, HostSample } from './collector.js';

/** A collector that takes longer is left behind; it is asked again when it has come back. */
const TIMEOUT_MS = 5_000;
const SAY_AGAIN_MS = 3_600_000;

interface Watched {
  readonly collector: Collector;
  readonly saying: SayOnce;
  isBusy: boolean;
}

export interface CollectionResult {
  readonly samples: readonly HostSample[];
  /** Collectors that failed or did not come back in time. */
  readonly failures: number;
}

/** Runs all collectors side by side, so that none of them holds up or breaks another. */
export class Collection {
  private readonly watched: readonly Watched[];

  constructor(
    collectors: readonly Collector[],
    private readonly log: Log,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {
    this.watched = collectors.map((collector) => ({
      collector,
      saying: new SayOnce(SAY_AGAIN_MS),
      isBusy: false,
    }));
  }

  /** One collection; each collector also tells how long it took and whether it succeeded. */
  async run(): Promise<CollectionResult> {
    const outcomes = await Promise.all(this.watched.map((watched) => this.runOne(watched)));
    return {
      samples: outcomes.flatMap(({ samples }) => samples),
      failures: outcomes.filter(({ failed }) => failed).length,
    };
  }

  private async runOne(watched: Watched): Promise<{ samples: HostSample[]; failed: boolean }> {
    const labels = { collector: watched.collector.name };
    const started = performance.now();
    const outcome = await this.outcomeOf(watched);
    const seconds = (performance.now() - started) / 1000;
    const failed = outcome === undefined;
    return {
      failed,
      samples: [
        ...(outcome ?? []),
        { name: 'vigil_agent_collector_duration_seconds', value: seconds, labels },
        { name: 'vigil_agent_collector_success', value: failed ? 0 : 1, labels },
      ],
    };
  }

  /** Undefined when it failed. */
  private async outcomeOf(watched: Watched): Promise<readonly HostSample[] | undefined> {
    if (watched.isBusy) return undefined;
    watched.isBusy = true;
    const { collector, saying } = watched;
    const tooLate = new AbortController();
    const working = Promise.resolve()
      .then(() => collector.collect())
      .finally(() => {
        watched.isBusy = false;
      });
    try {
      const outcome = await Promise.race([
        working,
        pause(this.timeoutMs, undefined, { signal: tooLate.signal }),
      ]);
      if (outcome === undefined) throw new Error(`not finished within ${this.timeoutMs} ms`);
      saying.recovered();
      return outcome.kind === 'samples' ? outcome.samples : [];
    } catch (error) {
      working.catch(() => undefined);
      const why = error instanceof Error ? error.message : String(error);
      if (saying.shouldSay(why))
        this.log.warn('a collector failed', { collector: collector.name, why });
      return undefined;
    } finally {
      tooLate.abort();
    }
  }
}
