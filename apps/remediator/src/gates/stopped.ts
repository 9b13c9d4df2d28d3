import { isControlActive, type Control } from '@vigil/contracts';
import { defineGate, PASS, stop, type Verdict } from './gate.js';

/**
 * Gate 1: nothing is done while a person has stopped it. A forced request passes a suspension, but
 * never stop-the-world: the agents refuse every command while that holds.
 */
export const stoppedGate = defineGate({
  name: 'stopped',
  needs: ['controls', 'now'],
  appliesTo: () => true,
  check: ({ controls, now, request }) => {
    const { stop: world, source, resource } = controls;
    if (isControlActive(world, now)) return stopped('stop-the-world', 'everything', world);
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

function stopped(code: string, what: string, control: Control | undefined): Verdict {
  const message = `${what} is stopped by ${control?.actor ?? 'a person'}: ${control?.reason ?? ''}`;
  return stop('stopped', code, message, control?.until);
}
