import {
  ActionLogged,
  AgentPresenceChanged,
  StateObserved,
  type ActionLogEntry,
  type RemovedHost,
} from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import type { Buckets, OrderedSubscription, Subscription, Subscriptions } from '@vigil/messaging';
import type { Clock } from '@vigil/service';
import { HISTORY_MS } from '../action-history/action-history.js';
import { watchControls } from '../controls/watch-controls.js';
import { watchDesiredState } from '../desired/watch-desired-state.js';
import type { Knowledge } from '../knowledge.js';
import type { EvaluatorMemory } from '../memory/evaluator-memory.js';
import { watchRemovedHosts } from '../observed/watch-removed-hosts.js';

/** What has to be read whole before anything may be decided. */
export const FEEDS = [
  'desired state',
  'observed state',
  'removed hosts',
  'controls',
  'action log',
  'memory',
] as const;
export type FeedName = (typeof FEEDS)[number];

export interface FeedListener {
  readonly onLoaded: (feed: FeedName) => void;
  /** These resources look different. */
  readonly onResources: (resources: Iterable<ResourceId>) => void;
  /** Anything may look different. */
  readonly onEverything: () => void;
  readonly onPolicies: () => void;
  /** The host left the fleet: what it said counts no more. */
  readonly onHostRemoved: (host: string) => void;
  /** An entry of the action log was taken in. */
  readonly onAction: (entry: ActionLogEntry) => void;
}

/** Keeps the evaluator's knowledge up to date, from NATS alone. */
export class Feeds {
  private subscriptions: readonly (OrderedSubscription | Subscription)[] = [];

  constructor(
    private readonly knowledge: Knowledge,
    private readonly memory: EvaluatorMemory,
    private readonly nats: { readonly subscriptions: Subscriptions; readonly buckets: Buckets },
    private readonly clock: Clock,
    /** Completes what was read of the memory. */
    private readonly recall: () => Promise<void>,
  ) {}

  start(listener: FeedListener): void {
    this.subscriptions = [
      this.memory.load(() => {
        void this.recall().then(() => {
          listener.onLoaded('memory');
        });
      }),
      this.followDesiredState(listener),
      this.followControls(listener),
      this.followHosts(listener),
      this.followRemovals(listener),
      this.followAgents(listener),
      this.followActions(listener),
    ];
  }

  async stop(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
  }

  private followDesiredState(listener: FeedListener): OrderedSubscription {
    return watchDesiredState(this.nats.buckets, this.knowledge.desired, {
      onChange: ({ resources, policies, hosts }) => {
        if (policies) listener.onPolicies();
        listener.onResources(resources);
        if (hosts) listener.onEverything();
      },
      onLoaded: () => {
        listener.onLoaded('desired state');
      },
    });
  }

  private followControls(listener: FeedListener): OrderedSubscription {
    return watchControls(this.nats.buckets, this.knowledge.controls, {
      onChange: (resource) => {
        if (resource === undefined) listener.onEverything();
        else listener.onResources([resource]);
      },
      onLoaded: () => {
        listener.onLoaded('controls');
      },
    });
  }

  private followHosts(listener: FeedListener): OrderedSubscription {
    return this.nats.subscriptions.subscribeOrdered(
      StateObserved,
      {
        deliver: 'last-per-subject',
        onCaughtUp: () => {
          listener.onLoaded('observed state');
        },
      },
      (snapshot, { ageMs }) => {
        // what was stored while nobody listened proves no life now, also after an outage of our own
        const seenAt = this.clock.now() - ageMs;
        if (this.knowledge.removed.holdBack(snapshot, seenAt)) return;
        this.takeSnapshot(snapshot, seenAt, listener);
      },
    );
  }

  private takeSnapshot(snapshot: StateObserved, seenAt: number, listener: FeedListener): void {
    const { observed, awaited } = this.knowledge;
    const { host } = snapshot;
    const before = observed.host(host)?.snapshot.unmanaged;
    const change = observed.observe(snapshot, seenAt);
    listener.onResources(change.resources);
    listener.onResources(awaited.take(host));
    listener.onResources(awaited.takeObstructed(before, observed.host(host)?.snapshot.unmanaged));
    if (change.fleet) listener.onEverything();
  }

  private followRemovals(listener: FeedListener): OrderedSubscription {
    const { observed, removed } = this.knowledge;
    return watchRemovedHosts(this.nats.buckets, {
      onRemoved: ({ host, removedAt }: RemovedHost) => {
        removed.remove(host, removedAt);
        listener.onResources(observed.forget(host));
        listener.onHostRemoved(host);
        listener.onEverything();
      },
      onWelcome: (host) => {
        const word = removed.welcome(host);
        if (word !== undefined) this.takeSnapshot(word.snapshot, word.seenAt, listener);
        listener.onEverything();
      },
      onLoaded: () => {
        listener.onLoaded('removed hosts');
      },
    });
  }

  /** What could not be done because an agent was away need not wait once it is back. */
  private followAgents(listener: FeedListener): Subscription {
    return this.nats.subscriptions.hear(AgentPresenceChanged, {}, ({ host, status }) => {
      if (status !== 'connected') return;
      this.knowledge.agents.opened(host, this.clock.now());
      listener.onResources(this.knowledge.awaited.take(host));
    });
  }

  private followActions(listener: FeedListener): OrderedSubscription {
    return this.nats.subscriptions.subscribeOrdered(
      ActionLogged,
      {
        deliver: { sinceMs: this.clock.now() - HISTORY_MS },
        onCaughtUp: () => {
          listener.onLoaded('action log');
        },
      },
      (entry) => {
        this.knowledge.history.apply(entry);
        listener.onAction(entry);
      },
    );
  }
}
