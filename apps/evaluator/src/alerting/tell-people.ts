import type { AlertRecord } from '@vigil/contracts';
import type { Log } from '@vigil/service';
import type { CompiledPolicy } from './compiled-policy.js';

/**
 * What `action: notify` does: one line in the log when an alert begins to fire, and one when it ends.
 * The end is also told of a policy that is gone, whose action is not known any more.
 */
export function tellPeople(log: Log, policy: CompiledPolicy | undefined, alert: AlertRecord): void {
  const action = policy?.declared.policy.spec.action;
  const fields = {
    policy: alert.policy,
    resource: alert.resource,
    condition: alert.condition,
    severity: alert.severity,
    value: alert.value,
    alertId: alert.id,
    correlationId: alert.correlationId,
  };
  if (alert.state === 'firing') {
    if (action === 'notify') log.warn('an alert is firing', fields);
  } else if (action === 'notify' || action === undefined) {
    log.info('an alert has ended', fields);
  }
}
