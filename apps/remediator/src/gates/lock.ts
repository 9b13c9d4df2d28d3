import { defineGate, PASS, stop } from './gate.js';

/** How long until an action that did not get the lock is tried again, milliseconds. */
const RETRY_MS = 5_000;

/** Gate 3: one action at a time on a resource. */
export const lockGate = defineGate({
  name: 'lock',
  needs: ['lock', 'now'],
  appliesTo: (request) => request.action !== 'notify',
  check: ({ lock, now, request }) => {
    if (lock.kind === 'held') return PASS;
    const message = `${request.resource} is being acted on by action ${lock.heldBy}`;
    return stop('lock', 'busy', message, now + RETRY_MS);
  },
});
