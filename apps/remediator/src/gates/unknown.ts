import type { ActionTarget } from '@vigil/contracts';
import { defineGate, narrow, PASS, stop } from './gate.js';

/** An agent that has been silent for this long is unreachable: three of its 30 s snapshots. */
export const UNREACHABLE_AFTER_MS = 90_000;

/** How long until an unreachable host is asked for again, milliseconds. */
const RETRY_MS = 15_000;

/** Gate 0: what is not known is no fault, and nothing is done about it. */
export const unknownGate = defineGate({
  name: 'unknown',
  needs: ['targets', 'lastSeen', 'now'],
  appliesTo: (request) => request.action !== 'notify' && request.targets.length > 0,
  check: ({ targets, lastSeen, now }) => {
    const isReachable = ({ host }: ActionTarget) => {
      const seenAt = lastSeen.get(host);
      return seenAt !== undefined && now - seenAt < UNREACHABLE_AFTER_MS;
    };
    if (targets.every(isReachable)) return PASS;
    if (!targets.some(isReachable)) return unreachable(targets, now);
    return narrow(
      targets.map((target) => ({
        target,
        against: isReachable(target) ? undefined : unreachable([target], now).reason,
      })),
    );
  },
});

function unreachable(targets: readonly ActionTarget[], now: number) {
  const hosts = [...new Set(targets.map(({ host }) => host))].slice(0, 3).join(', ');
  const message = `nothing is known of ${hosts}: its agent has not reported for 90 s`;
  return stop('unknown', 'unreachable', message, now + RETRY_MS);
}
