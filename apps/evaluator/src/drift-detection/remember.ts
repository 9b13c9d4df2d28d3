import type { ActionRequest, ResourceMemory } from '@vigil/contracts';
import { earlierManifests } from '../desired/earlier-manifests.js';
import { runtimesOf } from '../observed/silence.js';
import type { PendingStep } from './pending-request.js';
import { pendingOf } from './pending-request.js';
import { modeOf } from './mode-of.js';
import { progressTold } from './progress-telling.js';
import type { ResourceStatus } from './resource-status.js';
import { sourceOf, type Situation } from './situation.js';
import type { OpenDrift } from './track-drift.js';
import type { Intention } from './wish.js';

/** What an evaluation came to, as far as the next one has to know it. */
export interface Outcome {
  readonly open: readonly OpenDrift[];
  readonly intentions: readonly Intention[];
  readonly request: ActionRequest | undefined;
  readonly pending: PendingStep;
  readonly decisions: readonly string[];
  readonly status: ResourceStatus;
  readonly isStatusNews: boolean;
}

/**
 * What is to be remembered; undefined when nothing is left of the resource. The same object as before
 * when nothing changed, so that nothing is written.
 */
export function remember(situation: Situation, outcome: Outcome): ResourceMemory | undefined {
  const { memory, resource, placement, hold, desired, observed, manifestOf } = situation;
  if (outcome.status.removed) return undefined;
  const source = sourceOf(situation);
  const prune = desired.status === 'declared' ? desired.declared.service.spec.prune : memory?.prune;
  const mode = modeOf(desired, memory);
  const requested = requestedOf(outcome, situation.now);
  const launchedBy = observed.map(({ replica }) => replica.specDigest);
  const ranBy = earlierManifests(launchedBy, declaredDigest(desired), manifestOf);
  const next: ResourceMemory = {
    resource,
    ...(source === undefined ? {} : { source }),
    ...(prune === undefined ? {} : { prune }),
    ...rememberedRuntimes(situation),
    ...(mode === undefined ? {} : { mode }),
    open: [...outcome.open],
    placement,
    ...(ranBy.length === 0 ? {} : { ranBy }),
    ...(hold === undefined ? {} : { hold }),
    ...(requested === undefined ? {} : { requested }),
    attempts: attemptsOf(situation, outcome.intentions),
    decisions: [...outcome.decisions],
    status: outcome.status,
    ...progressTold(situation, outcome.isStatusNews),
  };
  return memory !== undefined && JSON.stringify(memory) === JSON.stringify(next) ? memory : next;
}

/** Of what is neither wanted nor seen, those of before; else of those the silent ones, which may have it yet. */
function rememberedRuntimes({
  effective,
  observed,
  memory,
  isSilent,
}: Situation): Pick<ResourceMemory, 'runtimes'> {
  const { runtimes: before } = memory ?? {};
  if (effective === undefined && observed.length === 0) {
    return before === undefined ? {} : { runtimes: before };
  }
  const now = runtimesOf(effective, observed);
  const silent = (before ?? []).filter((runtime) => !now.has(runtime) && isSilent(runtime));
  return { runtimes: [...now, ...silent].sort() };
}

/** What Git declares, or did when that was last known. */
function declaredDigest(desired: Situation['desired']): string | undefined {
  if (desired.status === 'absent') return undefined;
  return desired.status === 'declared' ? desired.declared.digest : desired.last?.digest;
}

/** The request that is in flight without a trace in the log. */
export function requestedOf(
  { request, pending }: Pick<Outcome, 'request' | 'pending'>,
  now: number,
): ResourceMemory['requested'] {
  if (request !== undefined) return pendingOf(request, now);
  return pending.kind === 'none' ? undefined : pending.pending;
}

/** Only of causes that are present: what is gone is another fault when it comes back. */
function attemptsOf(
  { resource, history, memory }: Situation,
  intentions: readonly Intention[],
): Record<string, number> {
  const attempts: Record<string, number> = {};
  for (const { cause } of intentions) {
    const { highest } = history.attempts(resource, cause.key);
    const known = Math.max(highest, memory?.attempts[cause.key] ?? 0);
    if (known > 0) attempts[cause.key] = known;
  }
  return attempts;
}
