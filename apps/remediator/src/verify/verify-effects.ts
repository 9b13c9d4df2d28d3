import { Injectable } from '@nestjs/common';
import { Clock } from '@vigil/service';
import { ObservedHosts } from '../hosts/observed-hosts.js';
import { factsFrom, isSilentAbout } from '../hosts/observed-hosts.js';
import { placeKey } from '../plan/replica-facts.js';
import { judgeEffect, verificationDeadline, type Effect, type EffectVerdict } from './effect.js';

export type Verification =
  | { readonly kind: 'verified' }
  /** It did not help, or something new is wrong. */
  | { readonly kind: 'fault'; readonly message: string }
  /** The host has said nothing since: it is not known whether it helped. */
  | { readonly kind: 'unverified'; readonly message: string }
  | { readonly kind: 'aborted' };

/** Proves from what hosts report that operations had the effect that they were to have. */
@Injectable()
export class VerifyEffects {
  constructor(
    private readonly hosts: ObservedHosts,
    private readonly clock: Clock,
  ) {}

  /** Ends at the first fault, or when every effect has been seen to be good. */
  async verify(effects: readonly Effect[], signal: AbortSignal): Promise<Verification> {
    let pending = effects;
    while (!signal.aborted) {
      const now = this.clock.now();
      const judged = pending.map((effect) => ({ effect, verdict: this.judge(effect) }));
      const fault = judged.find(({ verdict }) => verdict.kind === 'fault');
      if (fault?.verdict.kind === 'fault') return fault.verdict;

      pending = judged.filter(({ verdict }) => !isGood(verdict, now)).map(({ effect }) => effect);
      if (pending.length === 0) return { kind: 'verified' };
      const overdue = pending.find((effect) => verificationDeadline(effect) <= now);
      if (overdue !== undefined) return this.overdue(overdue);

      const wakeAt = Math.min(
        ...judged.map(({ effect, verdict }) => nextLook(effect, verdict, now)),
      );
      const hosts = new Set(pending.map(({ host }) => host));
      await this.hosts.nextChange(hosts, wakeAt - now, signal);
    }
    return { kind: 'aborted' };
  }

  private judge(effect: Effect): EffectVerdict {
    const view = this.hosts.get(effect.host);
    if (view === undefined || isSilentAbout(view, effect.operation)) return { kind: 'pending' };
    const { resource, replica } = effect.operation;
    const place = placeKey({ host: effect.host, replica });
    return judgeEffect(effect, factsFrom(view, resource).get(place), view.observedAt);
  }

  private overdue(effect: Effect): Verification {
    const { host, operation } = effect;
    const view = this.hosts.get(host);
    if (view === undefined || view.observedAt < effect.agentTime) {
      return { kind: 'unverified', message: `${host} has not reported since` };
    }
    if (isSilentAbout(view, operation)) {
      return { kind: 'unverified', message: `a runtime of ${host} does not answer since` };
    }
    const seconds = Math.round((verificationDeadline(effect) - effect.at) / 1000);
    const what = operation.kind === 'stop' ? 'has not ended' : 'is not healthy';
    const message = `replica ${operation.replica} on ${host} ${what} after ${seconds} s`;
    return { kind: 'fault', message };
  }
}

function isGood(verdict: EffectVerdict, now: number): boolean {
  if (verdict.kind !== 'pending') return verdict.kind === 'good';
  return verdict.goodAt !== undefined && verdict.goodAt <= now;
}

function nextLook(effect: Effect, verdict: EffectVerdict, now: number): number {
  const deadline = verificationDeadline(effect);
  const goodAt = verdict.kind === 'pending' ? verdict.goodAt : undefined;
  return goodAt === undefined || goodAt <= now ? deadline : Math.min(goodAt, deadline);
}
