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
  /** How long each collector took and whether it succeeded: for whoever scrapes the agent itself. */
  readonly about: readonly HostSample[];
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

  /** One collection. */
  async run(): Promise<CollectionResult> {
    const outcomes = await Promise.all(this.watched.map((watched) => this.runOne(watched)));
    return {
      samples: outcomes.flatMap(({ samples }) => samples),
      about: outcomes.flatMap(({ about }) => about),
      failures: outcomes.filter(({ failed }) => failed).length,
    };
  }

  private async runOne(watched: Watched) {
    const labels = { collector: watched.collector.name };
    const started = performance.now();
    const samples = await this.outcomeOf(watched);
    const seconds = (performance.now() - started) / 1000;
    const failed = samples === undefined;
    const about: HostSample[] = [
      { name: 'vigil_agent_collector_duration_seconds', value: seconds, labels },
      { name: 'vigil_agent_collector_success', value: failed ? 0 : 1, labels },
    ];
    return { samples: samples ?? [], about, failed };
  }

  /** Undefined when it failed. */
  private async outcomeOf(watched: Watched): Promise<readonly HostSample[] | undefined> {
    if (watched.isBusy) return undefined;
    watched.isBusy = true;
    const { collector, saying } = watched;
    try {
      const outcome = await within(
        this.timeoutMs,
        async () => collector.collect(),
        () => {
          watched.isBusy = false;
        },
      );
      saying.recovered();
      return outcome.kind === 'samples' ? outcome.samples : [];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (saying.shouldSay(why)) {
        this.log.warn('a collector failed', { collector: collector.name, why });
      }
      return undefined;
    }
  }
}

/**
 * What the task returns, if it does so in time; `done` is called when it has really ended. A plain
 * timer: an AbortSignal for each collector of each collection costs more than the reading.
 */
function within<Result>(
  ms: number,
  task: () => Promise<Result>,
  done: () => void,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not finished within ${ms} ms`)), ms);
    task()
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        done();
      });
  });
}
