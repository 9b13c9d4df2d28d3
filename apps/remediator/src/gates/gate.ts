import type { ActionReason, ActionRequest, ActionTarget, Control } from '@vigil/contracts';
import type { Mode, Service } from '@vigil/manifests';
import type { AlertsState } from '../alerts/ended-alerts.js';
import type { ActionTrace } from '../history/action-trace.js';
import type { ReplicaFacts } from '../plan/replica-facts.js';

/** The switches that people set and that concern the request. */
export interface Controls {
  /** False while there may be others: NATS has lost them, and they are not restored yet. */
  readonly isKnown: boolean;
  /** False while overrides may be missing (`stop` and `scale` of people, too), for the same reason. */
  readonly areOverridesKnown: boolean;
  readonly stop?: Control | undefined;
  readonly source?: Control | undefined;
  readonly resource?: Control | undefined;
}

/** How the attempt to lock the resource ended. */
export type LockOutcome =
  | {
      readonly kind: 'held';
      readonly fencingToken: number;
      /** True when another action had it first. */
      readonly waited: boolean;
    }
  | { readonly kind: 'busy'; readonly heldBy: string };

/** Everything that a gate may ask for. Each is found out when the first gate wants it. */
export interface GateFacts {
  readonly request: ActionRequest;
  /** Unix ms, at the moment of asking. */
  readonly now: number;
  /** When what justifies the request was first seen, Unix ms by the same clock. */
  readonly observedAt: number;
  readonly systemMode: Mode;
  /** A person has approved this very plan. */
  readonly approved: boolean;
  readonly controls: Controls;
  /** When each host of the targets last reported, Unix ms; a host that never did is absent. */
  readonly lastSeen: ReadonlyMap<string, number>;
  /** Asking takes the lock, waiting for it if need be. */
  readonly lock: LockOutcome;
  /** What the agents answer when they look now, by host; one that does not answer is absent. */
  readonly live: ReadonlyMap<string, ReplicaFacts>;
  /** Whether the alerts of the policies still fire that asked for it. */
  readonly alerts: AlertsState;
  /** Manifests by digest, of what the targets run with. */
  readonly specs: ReadonlyMap<string, Service>;
  /** Other actions of the resource of the last hours. */
  readonly history: readonly ActionTrace[];
  /** Since when everything is known that was done to the resource, Unix ms. */
  readonly historySince: number;
  /** What earlier gates left of the request's targets. */
  readonly targets: readonly ActionTarget[];
}

export type GateName = 'unknown' | 'stopped' | 'mode' | 'lock' | 'freshness' | 'cooldown';

/** A target that the action has to leave out, and why. */
export interface LeftOut {
  readonly target: ActionTarget;
  readonly reason: ActionReason;
}

/** Goes on with these targets only; there is at least one. */
export interface Narrowed {
  readonly kind: 'narrow';
  readonly targets: readonly ActionTarget[];
  readonly leftOut: readonly LeftOut[];
}

export type Verdict =
  | { readonly kind: 'pass' }
  | Narrowed
  | { readonly kind: 'approval' }
  | { readonly kind: 'stop'; readonly reason: ActionReason };

export const PASS: Verdict = { kind: 'pass' };

/** Finds out facts, one at a time. */
export type FactSource = {
  readonly [Fact in keyof GateFacts]: () => GateFacts[Fact] | Promise<GateFacts[Fact]>;
};

export interface Gate {
  readonly name: GateName;
  judge(source: FactSource): Promise<Verdict>;
}

/**
 * A gate: a pure function over the facts that it names, asked only for requests that it applies to.
 */
export function defineGate<const Needs extends keyof GateFacts>(gate: {
  readonly name: GateName;
  readonly needs: readonly Needs[];
  readonly appliesTo: (request: ActionRequest) => boolean;
  readonly check: (facts: Pick<GateFacts, Needs | 'request'>) => Verdict;
}): Gate & { readonly check: (facts: Pick<GateFacts, Needs | 'request'>) => Verdict } {
  return {
    name: gate.name,
    check: gate.check,
    judge: async (source) => {
      const request = await source.request();
      if (!gate.appliesTo(request)) return PASS;
      return gate.check(await gather(source, [...gate.needs, 'request']));
    },
  };
}

async function gather<Needs extends keyof GateFacts>(
  source: FactSource,
  needs: readonly Needs[],
): Promise<Pick<GateFacts, Needs>> {
  const facts: Partial<Pick<GateFacts, Needs>> = {};
  // in the order in which the gate names them: the time is asked for last, after what takes time
  for (const need of needs) facts[need] = await source[need]();
  return complete(facts, needs);
}

function complete<Needs extends keyof GateFacts>(
  facts: Partial<Pick<GateFacts, Needs>>,
  needs: readonly Needs[],
): Pick<GateFacts, Needs> {
  if (!hasAll(facts, needs)) throw new TypeError('a fact is missing');
  return facts;
}

function hasAll<Needs extends keyof GateFacts>(
  facts: Partial<Pick<GateFacts, Needs>>,
  needs: readonly Needs[],
): facts is Pick<GateFacts, Needs> {
  return needs.every((need) => need in facts);
}

/** Suppresses the action; `nextAttemptAt` (Unix ms) only when time alone can change the verdict. */
export function stop(
  gate: GateName,
  code: string,
  message: string,
  nextAttemptAt?: number,
): { readonly kind: 'stop'; readonly reason: ActionReason } {
  const reason = { gate, code, message };
  return {
    kind: 'stop',
    reason: nextAttemptAt === undefined ? reason : { ...reason, nextAttemptAt },
  };
}

/** Goes on with the targets for which nothing speaks against it; there has to be one. */
export function narrow(judged: readonly Judged[]): Narrowed {
  return {
    kind: 'narrow',
    targets: judged.filter(({ against }) => against === undefined).map(({ target }) => target),
    leftOut: judged.flatMap(({ target, against }) =>
      against === undefined ? [] : [{ target, reason: against }],
    ),
  };
}

export interface Judged {
  readonly target: ActionTarget;
  /** Why the target has to be left out. */
  readonly against: ActionReason | undefined;
}
