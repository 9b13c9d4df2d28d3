import { Injectable } from '@nestjs/common';
import type { ActionTarget } from '@vigil/contracts';
import type { Service } from '@vigil/manifests';
import { Clock } from '@vigil/service';
import { observedAtOf, type ActionView } from '../action/action-view.js';
import { ManifestArchive } from '../desired/manifest-archive.js';
import { Switches } from '../desired/switches.js';
import { Memory } from '../history/memory.js';
import { LiveObservation } from '../hosts/live-observation.js';
import { planAction, type PlanOutcome } from '../plan/plan-action.js';
import type { ReplicaFacts } from '../plan/replica-facts.js';
import { merged } from './freshness.js';
import type { FactSource, GateFacts, LeftOut, LockOutcome, Narrowed } from './gate.js';

/** Finds out, for one action, what the gates and the plan want to know. */
@Injectable()
export class FactFinder {
  constructor(
    private readonly switches: Switches,
    private readonly hosts: LiveObservation,
    private readonly manifests: ManifestArchive,
    private readonly memory: Memory,
    private readonly clock: Clock,
  ) {}

  /** Resolves when what is remembered of the past is whole: nothing later waits for that. */
  async begin(
    view: ActionView,
    takeLock: () => Promise<LockOutcome>,
    signal: AbortSignal,
  ): Promise<Facts> {
    await this.memory.recall(view, signal);
    return new Facts(this, view, takeLock, signal);
  }

  sourceFor(facts: Facts, takeLock: () => Promise<LockOutcome>, signal: AbortSignal): FactSource {
    const { request, approvedPlanHash } = facts.view;
    const hostsOf = () => facts.targets.map(({ host }) => host);
    let looking: Promise<GateFacts['live']> | undefined;
    const live = () => (looking ??= this.hosts.of(request, hostsOf(), signal));
    const lock = async () => {
      // one round trip instead of two; what changes in between fails the preconditions
      void live();
      const outcome = await takeLock();
      if (outcome.kind === 'busy' || outcome.waited) looking = undefined;
      return outcome;
    };
    return {
      request: () => request,
      targets: () => facts.targets,
      now: () => this.clock.now(),
      observedAt: () => observedAtOf(facts.view),
      systemMode: () => this.switches.systemMode,
      approved: () => approvedPlanHash !== undefined,
      controls: () => this.switches.of(request),
      lastSeen: () => this.hosts.lastSeen(hostsOf()),
      lock: once(lock),
      live,
      specs: once(async () => this.specsFor(facts, merged(await live()))),
      alerts: () => this.memory.alertsOf(facts.view),
      history: () => this.memory.earlierActions(facts.view),
      historySince: () => this.memory.knownSince(facts.view),
    };
  }

  /** What hosts reported last, without asking them. */
  lastKnown({ view, targets }: Facts): ReplicaFacts {
    return this.hosts.lastKnown(
      view.request.resource,
      targets.map(({ host }) => host),
    );
  }

  /** The manifests that the targets run with, where the plan depends on them. */
  async specsFor(
    { view, targets }: Facts,
    observed: ReplicaFacts,
  ): Promise<ReadonlyMap<string, Service>> {
    const { action, desiredDigest, earlier } = view.request;
    if (action !== 'update' && action !== 'stop') return new Map();
    const digests = [
      ...targets.flatMap(({ observedDigest }) => observedDigest ?? []),
      ...[...observed.values()].map(({ specDigest }) => specDigest),
    ];
    return this.manifests.find(
      digests.filter((digest) => digest !== desiredDigest),
      earlier,
    );
  }
}

/** The facts of one action, as the gates leave them. */
export class Facts {
  readonly source: FactSource;
  private remaining: readonly ActionTarget[];
  private dropped: readonly LeftOut[] = [];

  constructor(
    private readonly finder: FactFinder,
    readonly view: ActionView,
    takeLock: () => Promise<LockOutcome>,
    signal: AbortSignal,
  ) {
    this.remaining = view.request.targets;
    this.source = finder.sourceFor(this, takeLock, signal);
  }

  /** The targets that no gate has taken out. */
  get targets(): readonly ActionTarget[] {
    return this.remaining;
  }

  /** What the gates have left out so far. */
  get leftOut(): readonly LeftOut[] {
    return this.dropped;
  }

  narrow({ targets, leftOut }: Narrowed): void {
    this.remaining = targets;
    this.dropped = [...this.dropped, ...leftOut];
  }

  /** The plan by what hosts reported by themselves: what would be done. */
  async expectedPlan(): Promise<PlanOutcome> {
    const observed = this.finder.lastKnown(this);
    return this.planFrom(observed, await this.finder.specsFor(this, observed));
  }

  /** The plan by what the agents see now: what will be done. */
  async exactPlan(): Promise<PlanOutcome> {
    if (this.view.request.action === 'notify') return this.planFrom(new Map(), new Map());
    const live = merged(await this.source.live());
    return this.planFrom(live, await this.source.specs());
  }

  private async planFrom(
    facts: ReplicaFacts,
    specs: ReadonlyMap<string, Service>,
  ): Promise<PlanOutcome> {
    const { view, targets } = this;
    const history = await this.source.history();
    return planAction({ request: view.request, targets, facts, specs, history });
  }
}

function once<Result>(find: () => Promise<Result>): () => Promise<Result> {
  let found: Promise<Result> | undefined;
  return () => (found ??= find());
}
