import { isControlActive, type Control } from '@vigil/contracts';
import { defineGate, PASS, stop, type Verdict } from './gate.js';

/** How long until it is looked again whether the switches are known, milliseconds. */
const RETRY_MS = 5_000;

/**
 * Gate 1: nothing is done while a person has stopped it, nor while nobody knows whether a person has.
 * A forced request passes a suspension, but never stop-the-world: the agents refuse every command
 * while that holds.
 */
export const stoppedGate = defineGate({
  name: 'stopped',
  needs: ['controls', 'now'],
  appliesTo: () => true,
  check: ({ controls, now, request }) => {
    const { stop: world, source, resource } = controls;
    if (isControlActive(world, now)) return stopped('stop-the-world', 'everything', world);
    if (!controls.isKnown) return unknown('controls', 'what people have stopped', now);
    if (!controls.areOverridesKnown) return unknown('overrides', 'what was scaled or stopped', now);
    if (request.operator?.force === true) return PASS;
    if (isControlActive(source, now)) {
      return stopped('source-suspended', `source ${request.source ?? ''}`, source);
    }
    if (isControlActive(resource, now)) {
      return stopped('resource-suspended', request.resource, resource);
    }
    return PASS;
  },
});

function unknown(which: 'controls' | 'overrides', what: string, now: number): Verdict {
  const message = `it is not known ${what}: NATS is new or has lost it, and it is not restored from PostgreSQL yet`;
  return stop('stopped', `${which}-unknown`, message, now + RETRY_MS);
}

function stopped(code: string, what: string, control: Control | undefined): Verdict {
  const message = `${what} is stopped by ${control?.actor ?? 'a person'}: ${control?.reason ?? ''}`;
  return stop('stopped', code, message, control?.until);
}
