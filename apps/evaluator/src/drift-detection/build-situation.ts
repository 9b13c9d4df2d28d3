import type { EarlierManifests, ResourceMemory } from '@vigil/contracts';
import type { Mode, ResourceId, Runtime } from '@vigil/manifests';
import { policyIntentions, type FiringPolicy } from '../alerting/policy-intentions.js';
import type { DeclaredService, DesiredView } from '../desired/desired-state.js';
import { basisOf } from '../desired/basis.js';
import { manifestsOf, type ManifestOf } from '../desired/earlier-manifests.js';
import { effectiveService } from '../desired/effective-service.js';
import type { Knowledge } from '../knowledge.js';
import { runtimesOf, silenceOf } from '../observed/silence.js';
import { findDifferences, placeReplicas } from './find-differences.js';
import { alikeManifests, withTargets } from './alike-manifests.js';
import { activeHold, nextHold } from './hold.js';
import { withManifest } from './held-manifest.js';
import { showsLastEffect, type Situation } from './situation.js';
import { modeOf } from './mode-of.js';
import { strictestMode } from './wish.js';

/** What the situation needs beside the evaluator's knowledge. */
export interface SituationInput {
  readonly resource: ResourceId;
  readonly now: number;
  readonly memory: ResourceMemory | undefined;
  /** What fires about the resource, and whose condition is known to hold. */
  readonly firing: readonly FiringPolicy[];
  readonly system: { readonly mode: Mode; readonly since: number };
}

/** Puts together what a verdict on one resource rests on: Git, hosts, switches, and what was done. */
export function buildSituation(knowledge: Knowledge, input: SituationInput): Situation {
  const { agents, desired, observed, removed, controls, history } = knowledge;
  const { resource, memory, now } = input;
  const view = desired.current(resource);
  const declared = view.status === 'declared' ? view.declared : undefined;
  const source = declared?.source ?? memory?.source;
  const replicas = observed.replicasOf(resource);
  const clocks = {
    seenAt: (host: string) => observed.host(host)?.seenAt ?? 0,
    // a host that left the fleet will not show any more what was done there
    observedAt: (host: string) =>
      removed.has(host) ? Infinity : (observed.host(host)?.snapshot.observedAt ?? 0),
  };
  const manifestOf = manifestsOf(desired, memory);
  const alike = alikeManifests(inForceNow(declared, memory, manifestOf), manifestOf);
  const rollbacks = {
    lastRollback: withTargets(history.lastRollback(resource), alike),
    lastRetry: history.lastRetry(resource),
  };
  const present = () =>
    replicas
      .filter(
        ({ host, replica }) =>
          silenceOf(observed, host, new Set([replica.runtime]), now) === undefined &&
          showsLastEffect({ history, resource, ...clocks }, host),
      )
      .map(({ host, replica }) => {
        return { host, replica: { ...replica, specDigest: alike(replica.specDigest) } };
      });
  const hold = withManifest(
    nextHold(memory?.hold, declared?.digest, rollbacks, present),
    manifestOf,
  );
  const inForce = activeHold({ hold });
  const effective =
    declared === undefined
      ? undefined
      : effectiveService(declared, desired.override(resource, now), inForce, inForce?.service);
  // of a host that left the fleet it is known that nothing of it counts
  const runtimes = runtimesOf(effective, replicas, memory);
  const isSilentOn = (host: string, relevant: ReadonlySet<Runtime>) =>
    !removed.has(host) && silenceOf(observed, host, relevant, now) !== undefined;
  const isUnknownHost = (host: string) => isSilentOn(host, runtimes);
  return {
    ...input,
    desired: view,
    manifestOf,
    effective,
    basis: basisOf(view, desired.override(resource, now)),
    observed: replicas,
    progress: observed.progressOf(resource).filter(({ host }) => !isUnknownHost(host)),
    isUnknownHost,
    isSilent: (runtime) =>
      [...replicas, ...(memory?.placement ?? [])].some(({ host }) =>
        isSilentOn(host, new Set([runtime])),
      ),
    ...clocks,
    connectedAt: (host) => agents.lastOpenedAt(host),
    ...findDifferences(knowledge, input, view, effective, replicas),
    hold,
    stopped: controls.stopped(resource, source, now),
    controlsChangedAt: controls.lastChangeAt(resource, source, now),
    wakeTimes: [
      controls.nextEndAt(resource, source, now),
      desired.override(resource, now)?.expiresAt,
    ],
    history,
    policyIntentions: policyIntentions(input.firing, {
      effective,
      mode: strictestMode(modeOf(view, memory)),
      observed: replicas,
      isUnknownHost,
      place: (count) =>
        effective === undefined ? [] : placeReplicas(knowledge, input, effective, count),
    }),
    orphan: orphanRule(view, memory),
  };
}

/** What Git declares, and what the resource was held at until now. */
function inForceNow(
  declared: DeclaredService | undefined,
  memory: ResourceMemory | undefined,
  manifestOf: ManifestOf,
): EarlierManifests {
  const hold = activeHold(memory);
  const held = hold && (hold.service ?? manifestOf(hold.heldDigest));
  return [
    ...(declared === undefined ? [] : [{ digest: declared.digest, service: declared.service }]),
    ...(hold === undefined || held === undefined
      ? []
      : [{ digest: hold.heldDigest, service: held }]),
  ];
}

/**
 * What disappeared from Git is only removed when its last manifest asked for that, and when it is
 * certain that a source declared it: an index that was lost looks the same from here.
 */
function orphanRule(view: DesiredView, memory: ResourceMemory | undefined): Situation['orphan'] {
  const keep = (message: string) => ({ prune: false, message });
  if (view.status !== 'absent') return keep('the desired state is not loaded');
  if (memory?.source === undefined) return keep('no source is known to have declared it');
  if (memory.prune !== true) {
    return keep('it left Git; its last manifest did not set spec.prune, so it is kept');
  }
  return { prune: true, message: 'it left Git, and its last manifest set spec.prune' };
}
