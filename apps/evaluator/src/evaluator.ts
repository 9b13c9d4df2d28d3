import type { OnApplicationBootstrap, BeforeApplicationShutdown } from '@nestjs/common';
import type { EvaluationAnswered } from '@vigil/contracts';
import type { Mode, ResourceId } from '@vigil/manifests';
import type { Buckets, Bus, NatsConnection, Subscriptions } from '@vigil/messaging';
import type { Clock, Log } from '@vigil/service';
import type { Database } from '@vigil/storage';
import { Alerting } from './alerting/alerting.js';
import { PolicyEvaluator } from './alerting/policy-evaluator.js';
import { PolicyLoop } from './alerting/policy-loop.js';
import { SampleFeed } from './alerting/sample-feed.js';
import type { StoredSamples } from './alerting/stored-samples.js';
import { EvaluationQueue } from './drift-detection/evaluation-queue.js';
import { ResourceEvaluator } from './drift-detection/resource-evaluator.js';
import type { EvaluatorMetrics } from './evaluator-metrics.js';
import { Knowledge } from './knowledge.js';
import { EvaluationLoop } from './loop/evaluation-loop.js';
import { Feeds } from './loop/feeds.js';
import { EvaluatorMemory } from './memory/evaluator-memory.js';
import { ForgottenAlerts } from './recovery/forgotten-alerts.js';
import { ForgottenOccurrences } from './recovery/forgotten-occurrences.js';
import { recallPlacement } from './recovery/recall-placement.js';

export interface EvaluatorParts {
  readonly connection: NatsConnection;
  readonly subscriptions: Subscriptions;
  readonly buckets: Buckets;
  readonly bus: Bus;
  readonly database: Database;
  readonly stored: StoredSamples;
  readonly metrics: EvaluatorMetrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly systemMode: Mode;
}

/** How long a person's question waits for everything to be loaded, milliseconds. */
const LOAD_PATIENCE_MS = 3_000;

/** The running evaluator: what it knows, and the two loops that evaluate resources and policies. */
export class Evaluator implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly knowledge = new Knowledge();
  readonly alerting = new Alerting();
  readonly memory: EvaluatorMemory;
  private readonly resources: EvaluationQueue;
  private readonly policyLoop: PolicyLoop;
  private readonly loop: EvaluationLoop;

  constructor(private readonly parts: EvaluatorParts) {
    const { buckets, subscriptions, bus, database, clock, log, metrics, systemMode } = parts;
    const { knowledge, alerting } = this;
    const memory = (this.memory = new EvaluatorMemory(buckets, log.child('memory')));
    const evaluator = new ResourceEvaluator(knowledge, memory, alerting, bus, {
      clock,
      systemMode,
    });
    const queue = (this.resources = new EvaluationQueue(
      (resource) => metrics.timed('resource', () => evaluator.evaluate(resource)),
      clock,
      log.child('resources'),
    ));
    const policyEvaluator = new PolicyEvaluator(
      { knowledge, alerting, memory, bus, clock, log: log.child('policies') },
      (changed) => {
        queue.touchAll(changed);
      },
    );
    const policies = (this.policyLoop = new PolicyLoop(
      {
        knowledge,
        memory,
        alerting,
        queue: new EvaluationQueue(
          (policy) => metrics.timed('policy', () => policyEvaluator.evaluate(policy)),
          clock,
          log.child('policies'),
        ),
        createFeed: (listener) =>
          new SampleFeed(
            { alerting, subscriptions, stored: parts.stored, removed: knowledge.removed, clock },
            listener,
          ),
      },
      clock,
    ));
    const nats = { subscriptions, buckets };
    const forgottenAlerts = new ForgottenAlerts(
      { memory, book: alerting.book, history: knowledge.history, bus },
      database,
      clock,
      log,
    );
    const feeds = new Feeds(knowledge, memory, nats, clock, async () => {
      // either would make the memory look as if it had not been lost
      await Promise.all([recallPlacement(memory, database, log), forgottenAlerts.recall()]);
    });
    const forgotten = new ForgottenOccurrences(database, memory, bus, clock, log);
    this.loop = new EvaluationLoop(
      { knowledge, memory, feeds, queue, policies, forgotten, forgottenAlerts },
      clock,
      log,
    );
    metrics.observe({ knowledge, alerting, memory, queue });
  }

  onApplicationBootstrap(): void {
    this.policyLoop.start(this.parts.connection);
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.loop.stop(), this.policyLoop.stop()]);
    await this.memory.settled();
  }

  isLoaded(): boolean {
    return this.loop.isLoaded();
  }

  /** What was not read whole yet, for people. */
  waitsFor(): readonly string[] {
    return this.loop.waitsFor();
  }

  /** Waits a little for everything to be loaded; false when it still is not. */
  untilLoaded(): Promise<boolean> {
    return this.loop.untilLoaded(LOAD_PATIENCE_MS);
  }

  /** Evaluates a resource because a person asks, and says what differs. */
  async evaluateNow(resource: ResourceId): Promise<EvaluationAnswered> {
    if (!(await this.untilLoaded())) {
      const message = `still loading: ${this.waitsFor().join(', ')}`;
      return { outcome: 'refused', code: 'not-loaded', message };
    }
    const { desired, observed } = this.knowledge;
    const isObserved = observed.replicasOf(resource).length > 0;
    if (desired.current(resource).status === 'absent' && !isObserved) {
      return { outcome: 'unknown-resource', message: `no source declares ${resource}` };
    }
    await this.resources.evaluateNow(resource);
    const open = this.memory.resource(resource)?.open ?? [];
    return { outcome: 'evaluated', drift: open.map(({ record }) => record) };
  }
}
