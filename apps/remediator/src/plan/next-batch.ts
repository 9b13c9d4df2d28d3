import type { Operation } from '@vigil/contracts';
import { isAvailable, type ReplicaFacts } from './replica-facts.js';

/** An operation of a plan and its place in it. */
export interface PlannedOperation {
  readonly index: number;
  readonly host: string;
  readonly operation: Operation;
}

/** They take nothing away from anybody. */
const ADDING: ReadonlySet<Operation['kind']> = new Set(['start', 'adopt']);

export interface BatchLimits {
  readonly maxUnavailable: number;
  /** Whether removing replicas is what was asked for; it is not while something is taken back. */
  readonly removes: boolean;
}

/**
 * The operations that may be carried out at the same time now: all that take nothing away (starts,
 * removals that were asked for, replicas that do not serve), else as many of the others as may be
 * unavailable together. Call it again, with fresh facts, when these are verified.
 */
export function nextBatch(
  remaining: readonly PlannedOperation[],
  facts: ReplicaFacts,
  { maxUnavailable, removes }: BatchLimits,
): readonly PlannedOperation[] {
  const harmless = remaining.filter(({ host, operation }) => {
    const asked = ADDING.has(operation.kind) || (operation.kind === 'stop' && removes);
    return asked || !isAvailable(facts, { host, replica: operation.replica });
  });
  return harmless.length > 0 ? harmless : remaining.slice(0, maxUnavailable);
}
