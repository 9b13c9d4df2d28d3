import type { AlertRecord, DecisionRecorded } from '@vigil/contracts';
import { stableId } from '../stable-id.js';

/** Nobody can act on an alert that is about no resource: said once, when it begins to fire. */
export function noTargetDecision(alert: AlertRecord): DecisionRecorded {
  const { id, policy, severity, correlationId, firedAt } = alert;
  return {
    id: stableId('dec', id, 'no-target'),
    at: firedAt,
    correlationId,
    causes: [{ kind: 'policy', key: `policy:${id}`, alertId: id, policy, severity }],
    outcome: 'none',
    code: 'no-target',
    message:
      'the series has no label `resource` and the policy no `target`: nothing can be acted on',
  };
}
