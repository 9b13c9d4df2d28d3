import type { ActionRequest, ResourceMemory } from '@vigil/contracts';
import type { Difference } from '@vigil/drift';
import type { Mode, ResourceId, Runtime } from '@vigil/manifests';
import type { ActionHistory } from '../action-history/action-history.js';
import type { Stopped } from '../controls/controls.js';
import type { DesiredView } from '../desired/desired-state.js';
import type { ManifestOf } from '../desired/earlier-manifests.js';
import type { EffectiveService } from '../desired/effective-service.js';
import { SNAPSHOT_INTERVAL_MS, type ObservedReplica } from '../observed/observed-state.js';
import type { ObservedProgress } from '../observed/progress-book.js';
import type { Intention } from './wish.js';

/** Everything that a verdict on one resource rests on. */
export interface Situation {
  readonly resource: ResourceId;
  readonly now: number;
  readonly desired: DesiredView;
  readonly manifestOf: ManifestOf;
  /** What is wanted now; undefined when that is nothing, or cannot be told. */
  readonly effective: EffectiveService | undefined;
  /** What the verdict rests on, for whoever carries it out later; undefined while that is unknown. */
  readonly basis: ActionRequest['basis'];
  readonly observed: readonly ObservedReplica[];
  readonly progress: readonly ObservedProgress[];
  readonly isUnknownHost: (host: string) => boolean;
  /** Whether a host where replicas are, or were, does not know what this runtime runs there. */
  readonly isSilent: (runtime: Runtime) => boolean;
  readonly seenAt: (host: string) => number;
  /** When the host's agent was last heard to open its channel, by our own clock. */
  readonly connectedAt: (host: string) => number;
  /** When the host's newest snapshot was taken, by the host's clock. */
  readonly observedAt: (host: string) => number;
  readonly differences: readonly Difference[];
  readonly placement: ResourceMemory['placement'];
  /** Names that the containers of its replicas are to have; asked only where it matters. */
  readonly containerNames: () => readonly string[];
  readonly hold: ResourceMemory['hold'];
  readonly stopped: Stopped | undefined;
  readonly controlsChangedAt: number;
  /** When switches and overrides end by themselves. */
  readonly wakeTimes: readonly (number | undefined)[];
  readonly history: ActionHistory;
  readonly memory: ResourceMemory | undefined;
  /** What firing policies want of the resource. */
  readonly policyIntentions: readonly Intention[];
  readonly orphan: { readonly prune: boolean; readonly message: string };
  readonly system: { readonly mode: Mode; readonly since: number };
}

/** True when it is known what is wanted, also when that is nothing. */
export function isDesiredKnown({ desired, effective }: Situation): boolean {
  if (desired.status === 'unknown') return false;
  // declared, but held at a spec that is no longer known
  return desired.status === 'absent' || effective !== undefined;
}

/**
 * Whether the host's newest snapshot was taken after the last effect there, by the host's own clock;
 * one that came a whole interval later counts in any case, because clocks are set back now and then.
 */
export function showsLastEffect(
  {
    history,
    resource,
    observedAt,
    seenAt,
  }: Pick<Situation, 'history' | 'resource' | 'observedAt' | 'seenAt'>,
  host: string,
): boolean {
  const effect = history.lastEffect(resource, host);
  if (effect === undefined || observedAt(host) >= effect.at) return true;
  return seenAt(host) > effect.loggedAt + SNAPSHOT_INTERVAL_MS;
}

/** The source that declares it, or did last. */
export function sourceOf({ desired, memory }: Situation): string | undefined {
  return desired.status === 'declared' ? desired.declared.source : memory?.source;
}
