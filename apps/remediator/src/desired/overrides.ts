import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  DesiredStateBucket,
  desiredStateKey,
  isOverriding,
  type ActionRequest,
  type Override,
} from '@vigil/contracts';
import { Buckets, DurableKeys } from '@vigil/messaging';
import { Clock, Log, VigilError } from '@vigil/service';
import { ManifestArchive } from './manifest-archive.js';
import {
  overrideAfter,
  overrideBefore,
  type OverrideChange,
  type OverrideInput,
} from './override-change.js';
import { changedAt, OverridesStore } from './overrides.store.js';

/** NATS has lost the overrides, and they are not restored yet: a new one might undo an old one. */
export class OverridesUnknown extends VigilError {
  readonly code = 'remediator.overrides_unknown';
  readonly disposition = 'retry';
}

/**
 * What actions change in the effective desired state: without that, their own results would be drift.
 * The remediator owns the overrides: they are in the bucket `desired_state`, from which the evaluator
 * learns them, and in the table `overrides`, from which they come back when NATS has lost its data.
 */
@Injectable()
export class Overrides implements OnModuleInit, OnModuleDestroy {
  private readonly durable: DurableKeys<(typeof DesiredStateBucket)['values'], Override>;

  constructor(
    buckets: Buckets,
    store: OverridesStore,
    private readonly manifests: ManifestArchive,
    private readonly clock: Clock,
    log: Log,
  ) {
    const bucket = buckets.open(DesiredStateBucket);
    this.durable = new DurableKeys({
      bucket,
      valueOf: (change) =>
        change.kind === 'put' && change.prefix === 'override' ? change.value : undefined,
      keysFor: () => bucket.keys('override'),
      changedAt,
      hasExpired: ({ expiresAt }) => expiresAt !== undefined && expiresAt <= clock.now(),
      marks: bucket.keys('restored'),
      mark: { key: desiredStateKey.overridesRestored(), by: 'remediator' },
      copy: store,
      clock,
      log: log.child('overrides'),
    });
  }

  onModuleInit(): void {
    this.durable.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.durable.stop();
  }

  /** False while NATS may be without overrides that were made. */
  get isKnown(): boolean {
    return this.durable.isKnown;
  }

  /** Resolves when those that are in the bucket have been read. */
  untilRead(): Promise<void> {
    return this.durable.untilRead();
  }

  /** How many overrides PostgreSQL does not have yet. */
  get unsavedCount(): number {
    return this.durable.unsavedCount;
  }

  /**
   * Before the first operation: the desired state is what the action is about to bring about. Only
   * under the lock of the resource; safe to repeat.
   */
  async establish(request: ActionRequest): Promise<void> {
    if (mayOverride(request)) await this.change(request, overrideAfter);
  }

  /**
   * When it has come to nothing, and before a roll-back: the desired state is what it was. Only under
   * the lock of the resource; safe to repeat.
   */
  async takeBack(request: ActionRequest): Promise<void> {
    if (mayOverride(request)) await this.change(request, overrideBefore);
  }

  /** PostgreSQL follows: it is never waited for, and never keeps an action from being done. */
  private async change(
    request: ActionRequest,
    decide: (input: OverrideInput) => OverrideChange,
  ): Promise<void> {
    if (!this.isKnown) throw new OverridesUnknown('the overrides have not been restored yet');
    const declaredReplicas = await this.declaredReplicas(request);
    const now = this.clock.now();
    await this.durable.change(desiredStateKey.override(request.resource), (stored) => {
      const present = isOverriding(stored, now) ? stored : undefined;
      const change = decide({ request, present, declaredReplicas, now });
      const next = Math.max(now, stored === undefined ? 0 : changedAt(stored) + 1);
      if (change.kind === 'put') return { ...change.value, changedAt: next };
      if (change.kind === 'keep' || present === undefined) return undefined;
      return { ...ended(present, request), changedAt: next };
    });
  }

  private async declaredReplicas({
    service,
    desiredDigest,
    basis,
  }: ActionRequest): Promise<number> {
    // while the resource is held, what is desired is an older manifest than that of Git
    const digest = basis?.declaredDigest ?? desiredDigest;
    const [declared] = (await this.manifests.find(digest === undefined ? [] : [digest])).values();
    return (declared ?? service)?.spec.replicas ?? 0;
  }
}

function mayOverride({ action, operator }: ActionRequest): boolean {
  return action === 'scale' || operator !== undefined;
}

/** What remains of an override, so that its end is not forgotten either. */
function ended({ resource, owner, reason, createdAt }: Override, by: ActionRequest): Override {
  const { actionId, correlationId } = by;
  return { resource, owner, reason, actionId, correlationId, createdAt };
}
