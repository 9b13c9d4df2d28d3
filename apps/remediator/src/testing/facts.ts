import type { ActionRequest, ReplicaObservation } from '@vigil/contracts';
import type { FactSource, GateFacts } from '../gates/gate.js';
import type { ReplicaFacts } from '../plan/replica-facts.js';
import { placeKey } from '../plan/replica-facts.js';
import { HOST, request } from './fixtures.js';

/** Nobody has stopped anything. */
export const ALLOWED = { isKnown: true, areOverridesKnown: true };

/** Facts in which every gate lets the request pass, unless something is said otherwise. */
export function facts(
  wanted: Partial<ActionRequest> = {},
  more: Partial<GateFacts> = {},
): GateFacts {
  const full = request(wanted);
  const hosts = [...new Set(full.targets.map(({ host }) => host))];
  return {
    request: full,
    now: 10_000,
    observedAt: full.observedAt,
    systemMode: 'auto',
    approved: false,
    controls: ALLOWED,
    lastSeen: new Map(hosts.map((host) => [host, 9_000])),
    lock: { kind: 'held', fencingToken: 1, waited: false },
    live: new Map(hosts.map((host) => [host, new Map()])),
    alerts: 'firing',
    specs: new Map(),
    history: [],
    historySince: Number.NEGATIVE_INFINITY,
    targets: full.targets,
    ...more,
  };
}

/** What one host sees. */
export function sees(...replicas: readonly ReplicaObservation[]): ReplicaFacts {
  return new Map(replicas.map((one) => [placeKey({ host: HOST, replica: one.replica }), one]));
}

export function sourceOf(known: GateFacts): FactSource {
  return {
    request: () => known.request,
    now: () => known.now,
    observedAt: () => known.observedAt,
    systemMode: () => known.systemMode,
    approved: () => known.approved,
    controls: () => known.controls,
    lastSeen: () => known.lastSeen,
    lock: () => known.lock,
    live: () => known.live,
    alerts: () => known.alerts,
    specs: () => known.specs,
    history: () => known.history,
    historySince: () => known.historySince,
    targets: () => known.targets,
  };
}
