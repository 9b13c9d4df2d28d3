import type { ActionLogEntry } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import type { Clock, Log } from '@vigil/service';
import type { EvaluationQueue } from '../drift-detection/evaluation-queue.js';
import type { Knowledge } from '../knowledge.js';
import type { EvaluatorMemory } from '../memory/evaluator-memory.js';
import type { ForgottenAlerts } from '../recovery/forgotten-alerts.js';
import type { ForgottenOccurrences } from '../recovery/forgotten-occurrences.js';
import { FEEDS, type FeedName, type Feeds } from './feeds.js';

/** Every resource is looked at again at least this often (DESIGN 5, full pass). */
export const FULL_PASS_MS = 60_000;

/** What policies have to be told. */
export interface PolicyListener {
  /** Policies were added, changed or removed; called before the first evaluation as well. */
  reload(): void;
  /** An action changed something at the resource: its windows begin anew. */
  restartWindows(resource: ResourceId, at: number): void;
  /** A host left the fleet: its series are gone, and its alerts end. */
  forgetSource(source: string): void;
}

export interface LoopParts {
  readonly knowledge: Knowledge;
  readonly memory: EvaluatorMemory;
  readonly feeds: Feeds;
  readonly queue: EvaluationQueue;
  readonly policies: PolicyListener;
  readonly forgotten: ForgottenOccurrences;
  readonly forgottenAlerts: ForgottenAlerts;
}

/**
 * Says when what is evaluated: nothing before every feed was read whole, then each resource when
 * something about it changes, all of them when a host falls silent and once a minute.
 */
export class EvaluationLoop {
  private readonly missing = new Set<FeedName>(FEEDS);
  private readonly loadedListeners = new Set<() => void>();
  private hasPassed = false;
  private areAlertsSettled = false;
  private fullPass: NodeJS.Timeout | undefined;
  private silence: NodeJS.Timeout | undefined;

  constructor(
    private readonly parts: LoopParts,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  start(): void {
    const { feeds, queue, policies } = this.parts;
    feeds.start({
      onLoaded: (feed) => this.markLoaded(feed),
      onResources: (resources) => {
        queue.touchAll(resources);
      },
      onEverything: () => this.lookAtEverything(),
      onPolicies: () => {
        if (this.isLoaded()) policies.reload();
      },
      onHostRemoved: (host) => policies.forgetSource(host),
      onAction: (entry) => this.takeAction(entry),
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.fullPass);
    clearTimeout(this.silence);
    await this.parts.feeds.stop();
    await this.parts.queue.close();
    await this.parts.memory.settled();
  }

  isLoaded(): boolean {
    return this.missing.size === 0;
  }

  /** Resolves with true as soon as everything is loaded, with false after the time is over. */
  untilLoaded(patienceMs: number): Promise<boolean> {
    if (this.isLoaded()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.loadedListeners.delete(finish);
        resolve(this.isLoaded());
      };
      const timer = setTimeout(finish, patienceMs);
      this.loadedListeners.add(finish);
    });
  }

  /** What was not read whole yet, for people. */
  waitsFor(): readonly FeedName[] {
    return [...this.missing];
  }

  private markLoaded(feed: FeedName): void {
    if (!this.missing.delete(feed) || this.missing.size > 0) return;
    this.log.info('everything is loaded, evaluating', {
      resources: this.parts.knowledge.desired.services().length,
      hosts: this.parts.knowledge.observed.hosts().length,
    });
    this.parts.policies.reload();
    this.parts.queue.open();
    this.lookAtEverything();
    for (const listener of this.loadedListeners) listener();
    this.fullPass = setInterval(() => this.pass(), FULL_PASS_MS);
  }

  private pass(): void {
    if (!this.hasPassed) void this.parts.forgotten.resolve();
    this.hasPassed = true;
    if (!this.areAlertsSettled) void this.settleAlerts();
    this.parts.knowledge.history.trim(this.clock.now());
    this.parts.memory.flush();
    this.lookAtEverything();
  }

  /** Again with the next pass until none is forgotten: an evaluation may have been under way. */
  private async settleAlerts(): Promise<void> {
    const touched = await this.parts.forgottenAlerts.settle();
    this.areAlertsSettled = touched?.length === 0;
    if (touched !== undefined && touched.length > 0) this.parts.policies.reload();
  }

  private lookAtEverything(): void {
    const { knowledge, memory, queue } = this.parts;
    if (!this.isLoaded()) return;
    queue.pass(knowledge.desired.services().map(({ resource }) => resource));
    queue.pass(knowledge.desired.hosts().map(({ resource }) => resource));
    queue.pass(knowledge.observed.resources());
    queue.pass(memory.rememberedResources());
    this.watchForSilence();
  }

  /** The next host to become unreachable changes verdicts without sending anything. */
  private watchForSilence(): void {
    clearTimeout(this.silence);
    const now = this.clock.now();
    const at = this.parts.knowledge.observed.nextSilenceAt(now);
    if (at === undefined) return;
    // heartbeats keep moving the moment ahead: most of the time it only looks again
    this.silence = setTimeout(() => this.onSilence(at), Math.max(50, at - now));
  }

  private onSilence(expectedAt: number): void {
    const next = this.parts.knowledge.observed.nextSilenceAt(expectedAt - 1);
    if (next === expectedAt) this.lookAtEverything();
    else this.watchForSilence();
  }

  private takeAction(entry: ActionLogEntry): void {
    if (entry.kind === 'operation-finished') {
      const { effectAt } = entry.result;
      if (effectAt !== undefined) this.parts.policies.restartWindows(entry.resource, effectAt);
      return;
    }
    if (entry.kind !== 'operation-issued') this.parts.queue.touch(entry.resource);
  }
}
