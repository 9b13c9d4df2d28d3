import type { Mode } from '@vigil/manifests';
import { defineGate, PASS, stop } from './gate.js';

const STRICTNESS = ['off', 'observe', 'approve', 'auto'] as const satisfies readonly Mode[];

/** The strictest of the modes: off, then observe, approve, auto. */
export function strictestMode(...modes: readonly Mode[]): Mode {
  return STRICTNESS.find((mode) => modes.includes(mode)) ?? 'auto';
}

/** Gate 2: what Vigil may do by itself. A person's own request is only stopped by its dry-run. */
export const modeGate = defineGate({
  name: 'mode',
  needs: ['systemMode', 'approved'],
  appliesTo: () => true,
  check: ({ request, systemMode, approved }) => {
    if (request.operator !== undefined) {
      return request.operator.dryRun
        ? stop('mode', 'dry-run', 'a dry-run: the plan was computed and recorded, nothing was done')
        : PASS;
    }
    const mode = strictestMode(systemMode, request.mode);
    // nothing on the host is changed by it, and without it there is nothing to observe
    if (request.action === 'adopt' && mode !== 'off') return PASS;
    switch (mode) {
      case 'off':
        return stop('mode', 'mode-off', 'mode is off: nothing is done');
      case 'observe':
        return stop(
          'mode',
          'mode-observe',
          'mode is observe: the plan is recorded, not carried out',
        );
      case 'approve':
        return approved ? PASS : { kind: 'approval' };
      case 'auto':
        return PASS;
    }
  },
});
