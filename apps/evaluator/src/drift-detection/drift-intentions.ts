import type { ActionTarget, Cause, DriftRecord } from '@vigil/contracts';
import { ADOPT_PATH } from '@vigil/drift';
import type { Mode } from '@vigil/manifests';
import type { ObservedReplica } from '../observed/observed-state.js';
import { targetOf } from './target-of.js';
import type { OpenDrift } from './track-drift.js';
import type { Intention } from './wish.js';

/** Something unmanaged is in the way of a replica. */
export const CONFLICT = 'conflict';

/** The runtime of a replica that has ended starts it again by itself. */
export const RUNTIME_RESTARTS = 'runtime-restarts';

/** What decides whether an open difference asks for an action. */
export interface DriftContext {
  readonly mode: Mode;
  /** Consecutive failures of the health check that restart a replica. */
  readonly restartThreshold: number;
  readonly observed: readonly ObservedReplica[];
  readonly isUnknownHost: (host: string) => boolean;
  /** Until when a replica that has ended is left to the runtime's own restart. */
  readonly leftToRuntimeUntil: (replica: ObservedReplica) => number | undefined;
  /** Why an orphan may be removed, or why it is kept. */
  readonly orphan: { readonly prune: boolean; readonly message: string };
}

/** Turns each open difference into the action that would remove it, or into a reason for none. */
export function driftIntentions(
  drift: readonly OpenDrift[],
  context: DriftContext,
): readonly Intention[] {
  return drift.map((open) => intentionOf(open, context));
}

function intentionOf(open: OpenDrift, context: DriftContext): Intention {
  const { record } = open;
  const abstain = (code: string, message: string, nextAttemptAt?: number): Intention => ({
    kind: 'abstention',
    cause: causeOf(open),
    correlationId: record.correlationId,
    code,
    message,
    ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
  });
  if (record.type === 'unreachable') return abstain('unknown-state', unknown(record));
  if (record.host === undefined || open.replica === undefined) {
    return abstain('unplaced', 'no host can take the replica');
  }
  if (context.isUnknownHost(record.host)) {
    return abstain('unknown-state', unreachable(record.host));
  }
  const target = targetAt(open.replica, record.host, record.resource, context.observed);
  const wish = (action: 'adopt' | 'start' | 'stop' | 'update' | 'restart'): Intention => ({
    kind: 'wish',
    action,
    cause: causeOf(open),
    correlationId: record.correlationId,
    mode: context.mode,
    targets: [target],
    broad: false,
  });
  switch (record.type) {
    case 'missing': {
      const until = runtimeRestartsUntil(open, context);
      if (until !== undefined) return abstain(RUNTIME_RESTARTS, LEFT, until);
      return wish(record.path === ADOPT_PATH ? 'adopt' : 'start');
    }
    case 'replicas':
      return wish('stop');
    case 'image':
    case 'config':
    case 'resources':
    case 'unit-state':
    case 'file-content':
    case 'file-mode':
      return wish('update');
    case 'health': {
      const failures = failuresOf(open.replica, record.host, context.observed);
      if (failures >= context.restartThreshold) return wish('restart');
      const missing = context.restartThreshold - failures;
      return abstain('below-restart-threshold', `restarted after ${missing} more failed checks`);
    }
    case 'orphaned':
      return context.orphan.prune ? wish('stop') : abstain('orphan-kept', context.orphan.message);
    case 'conflict':
      return abstain(CONFLICT, inTheWay(open));
  }
}

const LEFT = 'the container engine is about to start it again by itself';

/** A manifest that has changed since is not what the runtime would start. */
function runtimeRestartsUntil(
  { record, replica }: OpenDrift,
  { observed, leftToRuntimeUntil }: DriftContext,
): number | undefined {
  if (record.class !== 'corrective') return undefined;
  const seen = observed.find(
    (each) => each.host === record.host && each.replica.replica === replica,
  );
  return seen && leftToRuntimeUntil(seen);
}

export function causeOf({ causeKey, record, replica }: OpenDrift): Cause {
  return {
    kind: 'drift',
    key: causeKey,
    driftId: record.id,
    driftType: record.type,
    severity: record.severity,
    ...(record.host === undefined ? {} : { host: record.host }),
    ...(replica === undefined ? {} : { replica }),
  };
}

function unknown({ host, observed }: DriftRecord): string {
  if (observed === 'unreachable' || typeof observed !== 'string') return unreachable(host);
  return `${observed} on ${host ?? 'its host'}: what runs there is unknown until it does`;
}

function inTheWay({ replica, record }: OpenDrift): string {
  const what = typeof record.observed === 'string' ? record.observed : 'something unmanaged';
  return `replica ${replica ?? ''} cannot be started: ${what}; it is not touched`;
}

function unreachable(host: string | undefined): string {
  return `the state of ${host ?? 'its host'} is unknown until its agent reports again`;
}

function targetAt(
  replica: number,
  host: string,
  resource: string,
  observed: readonly ObservedReplica[],
): ActionTarget {
  const seen = find(replica, host, observed);
  return seen?.resource === resource ? targetOf({ host, replica: seen }) : { replica, host };
}

function failuresOf(replica: number, host: string, observed: readonly ObservedReplica[]): number {
  return find(replica, host, observed)?.health.consecutiveFailures ?? 0;
}

function find(replica: number, host: string, observed: readonly ObservedReplica[]) {
  return observed.find((each) => each.host === host && each.replica.replica === replica)?.replica;
}
