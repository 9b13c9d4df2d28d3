import type { AuthoredPolicySpec } from '../authored/policy.js';
import type { Accept } from './check.js';

/** What must hold between the fields of one policy. Paths are relative to its fields. */
export function checkPolicy(spec: AuthoredPolicySpec, accept: Accept): void {
  if (spec.action === 'scale' && (spec.scaleBy === undefined || spec.scaleBy === 0)) {
    const found = spec.scaleBy === undefined ? 'nothing' : '0';
    accept(
      'error',
      ['scaleBy'],
      `found ${found}, expected how many replicas action scale adds (negative: removes)`,
    );
  }
  if (spec.action !== 'scale' && spec.scaleBy !== undefined) {
    accept('error', ['scaleBy'], `found scaleBy, expected it only with action scale`);
  }
  if (spec.verify !== undefined) {
    const message = 'verify has no effect yet: a repair is proved by the health of its replicas';
    accept('warning', ['verify'], message);
  }
}
