import type { ResourceId } from '@vigil/manifests';
import type { NatsConnection } from '@vigil/messaging';
import type { Clock } from '@vigil/service';
import type { EvaluationQueue } from '../drift-detection/evaluation-queue.js';
import type { Knowledge } from '../knowledge.js';
import type { EvaluatorMemory } from '../memory/evaluator-memory.js';
import type { Alerting } from './alerting.js';
import type { SampleFeed, SampleListener } from './sample-feed.js';

/** Samples from this long before NATS was noticed to be away may have missed it too. */
const GAP_MARGIN_MS = 30_000;

/** How often series that have ended are dropped. */
const SWEEP_MS = 60_000;

export interface PolicyLoopParts {
  readonly knowledge: Knowledge;
  readonly memory: EvaluatorMemory;
  readonly alerting: Alerting;
  readonly queue: EvaluationQueue;
  readonly createFeed: (listener: SampleListener) => SampleFeed;
}

/**
 * Says when which policy is evaluated: when samples that it reads arrive, when it was changed, and
 * when its own time has come; never over windows that are still being read.
 */
export class PolicyLoop {
  private readonly feed: SampleFeed;
  private readonly unsubscribe: (() => void)[] = [];
  private sweeping: NodeJS.Timeout | undefined;

  constructor(
    private readonly parts: PolicyLoopParts,
    private readonly clock: Clock,
  ) {
    const { queue } = parts;
    this.feed = parts.createFeed({
      onReading: () => {
        queue.pause();
      },
      onReady: () => {
        this.lookAtEverything();
        queue.open();
      },
      onPolicies: (policies) => {
        queue.touchAll(policies);
      },
    });
  }

  start(connection: NatsConnection): void {
    this.sweeping = setInterval(() => {
      this.parts.alerting.sweep(this.clock.now());
    }, SWEEP_MS);
    this.fillGaps(connection);
  }

  /**
   * What the collector could not publish while NATS was away is in the store. The collector says so
   * when it can; one that ended before has not.
   */
  private fillGaps(connection: NatsConnection): void {
    let downSince: number | undefined;
    this.unsubscribe.push(
      connection.onDown(() => {
        downSince ??= this.clock.now();
      }),
      connection.onUp(() => {
        if (downSince === undefined) return;
        const from = downSince - GAP_MARGIN_MS;
        this.feed.fillGap({ from, to: this.clock.now(), sources: undefined });
        downSince = undefined;
      }),
    );
  }

  /** Policies were added, changed or removed. */
  reload(): void {
    const { alerting, knowledge } = this.parts;
    alerting.policies.replace(knowledge.desired.policies());
    void this.feed.reload();
    this.lookAtEverything();
  }

  restartWindows(resource: ResourceId, at: number): void {
    this.look(this.parts.alerting.restartWindows(resource, at));
  }

  forgetSource(source: string): void {
    this.parts.alerting.series.forgetSource(source);
    this.lookAtEverything();
  }

  async stop(): Promise<void> {
    clearInterval(this.sweeping);
    for (const unsubscribe of this.unsubscribe) unsubscribe();
    await this.feed.stop();
    await this.parts.queue.close();
  }

  private lookAtEverything(): void {
    const { alerting, memory } = this.parts;
    this.look(new Set([...alerting.policies.ids(), ...memory.rememberedPolicies()]));
  }

  private look(policies: Iterable<ResourceId>): void {
    const { alerting, queue } = this.parts;
    for (const policy of policies) {
      alerting.dirty.addEverything(policy);
      queue.touch(policy);
    }
  }
}
