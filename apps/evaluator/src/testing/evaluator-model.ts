import {
  desiredStateKey,
  ResourceMemory,
  type ActionReason,
  type ActionRequest,
  type ActionState,
  type ReplicaObservation,
  type StateObserved,
} from '@vigil/contracts';
import type { Service } from '@vigil/manifests';
import { buildSituation } from '../drift-detection/build-situation.js';
import { evaluateResource, type Evaluation } from '../drift-detection/evaluate-resource.js';
import { Knowledge } from '../knowledge.js';
import { actionLog, operationIssued } from './action-log.js';
import { digestOf, id, snapshot, T0 } from './fixtures.js';

type Feed = (knowledge: Knowledge) => void;

/**
 * The evaluator without NATS: one service `default/web`, fed by hand, evaluated after every step, so
 * that properties can look at thousands of histories.
 */
export class EvaluatorModel {
  readonly resource = id('default/web');
  readonly requests: ActionRequest[] = [];
  readonly evaluations: Evaluation[] = [];
  now = T0;
  private knowledge = new Knowledge();
  private memory: ResourceMemory | undefined;
  private generation = 0;
  private counter = 0;
  /** What a restarted evaluator reads again. */
  private readonly feeds: Feed[] = [];

  constructor(readonly service: Service) {}

  undeclare(): void {
    this.putRevision([]);
  }

  declare(service: Service = this.service): void {
    this.putRevision([service]);
  }

  private putRevision(manifests: readonly Service[]): void {
    this.generation += 1;
    const { generation } = this;
    const revision = `r${generation}`;
    this.feed(({ desired }) => {
      for (const manifest of manifests) desired.putManifest(digestOf(manifest), manifest);
      desired.putIndex(
        desiredStateKey.index('git', revision, 0),
        manifests.map((manifest) => ({
          resource: this.resource,
          digest: digestOf(manifest),
          file: 'a.yaml',
          line: 1,
        })),
      );
      const source = 'git';
      desired.putPointer({ source, revision, chunks: 1, generation, inForceAt: T0 });
    });
  }

  /** As gitopsd does after some revisions that do not declare it. */
  forget(manifest: Service): void {
    this.feed(({ desired }) => {
      desired.removeManifest(digestOf(manifest));
    });
  }

  /** A person stops it. */
  stop(): void {
    this.feed(({ desired }) => {
      desired.putOverride({
        resource: this.resource,
        owner: 'operator/alice',
        stopped: true,
        reason: 'r',
        actionId: 'stop',
        correlationId: 'c',
        createdAt: T0,
      });
    });
  }

  /** NATS lost its data. */
  distrust(): void {
    this.feed(({ desired }) => {
      desired.distrust();
    });
  }

  observe(
    host: string,
    replicas: readonly ReplicaObservation[],
    change: Partial<StateObserved> = {},
  ): void {
    const counter = (this.counter += 1);
    const { now } = this;
    this.feed(({ observed }) => {
      observed.observe(snapshot(host, counter, replicas, { observedAt: now, ...change }), now);
    });
  }

  /** Writes the action's log up to this state. */
  log(
    request: ActionRequest,
    to: ActionState,
    reason?: ActionReason,
    left?: ReplicaObservation,
  ): void {
    const entries = actionLog(request, to, this.now, {
      effectAt: this.now,
      ...(reason === undefined ? {} : { reason }),
      ...(left === undefined ? {} : { left }),
    });
    this.feed(({ history }) => {
      for (const entry of entries) history.apply(entry);
    });
  }

  /** Sends the first operation of an action. */
  issue(request: ActionRequest): void {
    const entries = operationIssued(request, this.now);
    this.feed(({ history }) => {
      for (const entry of entries) history.apply(entry);
    });
  }

  /** The last request, when the log does not show its end. */
  unfinished(): ActionRequest | undefined {
    const request = this.requests.at(-1);
    if (request === undefined) return undefined;
    const record = this.knowledge.history.record(this.resource, request.actionId);
    return record?.ended === undefined ? request : undefined;
  }

  /** Ends the process; the next one reads everything again, and what was remembered, from the bucket. */
  restart(options: { readonly losingMemory?: boolean } = {}): void {
    this.knowledge = new Knowledge();
    for (const feed of this.feeds) feed(this.knowledge);
    const kept = options.losingMemory === true ? undefined : this.memory;
    this.memory = kept && ResourceMemory.parse(JSON.parse(JSON.stringify(kept)));
  }

  evaluate(): Evaluation {
    const situation = buildSituation(this.knowledge, {
      resource: this.resource,
      now: this.now,
      memory: this.memory,
      firing: [],
      system: { mode: 'auto', since: T0 },
    });
    const evaluation = evaluateResource(situation);
    this.memory = evaluation.memory;
    this.evaluations.push(evaluation);
    if (evaluation.request !== undefined) this.requests.push(evaluation.request);
    return evaluation;
  }

  isKnown(host: string): boolean {
    return (
      this.knowledge.desired.current(this.resource).status !== 'unknown' &&
      this.knowledge.observed.isReachable(host, this.now)
    );
  }

  private feed(feed: Feed): void {
    this.feeds.push(feed);
    feed(this.knowledge);
  }
}
