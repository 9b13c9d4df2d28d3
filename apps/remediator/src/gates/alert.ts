import { kindOf } from '../action/action-kind.js';
import { defineGate, PASS, stop } from './gate.js';

/**
 * Gate 4 for what only policies asked for: no look at a host shows whether their conditions still hold,
 * the evaluator's alerts do. All of them ended: nothing is done. Not known, because events were lost:
 * an action that waited for a person is not done, because its alert may have ended long ago; one that
 * did not wait is as fresh as its request. While the evaluator is away no alert ends: then what it
 * said last counts, and the person who approved it.
 */
export const alertGate = defineGate({
  name: 'freshness',
  needs: ['alerts', 'approved', 'now'],
  appliesTo: (request) => request.action !== 'notify' && kindOf(request) === 'policy',
  check: ({ alerts, approved, now }) => {
    switch (alerts) {
      case 'firing':
        return PASS;
      case 'ended':
        return stop('freshness', 'healed-by-itself', 'the alert that asked for it has ended');
      case 'unknown':
        return approved
          ? stop(
              'freshness',
              'alert-unknown',
              'events were lost: whether the alert still fires is not known',
              now,
            )
          : PASS;
    }
  },
});
