import type { Operation } from '@vigil/contracts';
import { isAvailable, type ReplicaFacts } from './replica-facts.js';

/** An operation of a plan and its place in it. */
export interface PlannedOperation {
  readonly index: number;
  readonly host: string;
  readonly operation: Operation;
}

/**
 * The operations that may be carried out at the same time now: all that take nothing away (starts,
 * removals that are the purpose, replicas that do not serve), else as many of the others as may be
 * unavailable together. Call it again, with fresh facts, when these are verified.
 */
export function nextBatch(
  remaining: readonly PlannedOperation[],
  facts: ReplicaFacts,
  maxUnavailable: number,
): readonly PlannedOperation[] {
  const harmless = remaining.filter((planned) => !takesAvailability(planned, facts));
  return harmless.length > 0 ? harmless : remaining.slice(0, maxUnavailable);
}

function takesAvailability({ host, operation }: PlannedOperation, facts: ReplicaFacts): boolean {
  switch (operation.kind) {
    case 'start':
    case 'stop':
      return false;
    case 'restart':
    case 'reconfigure':
      return isAvailable(facts, { host, replica: operation.replica });
  }
}
