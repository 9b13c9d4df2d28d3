import { STREAMS, type ActionRequest } from '@vigil/contracts';
import { kindOf } from '../action/action-kind.js';
import { FIRST_DELAY_MS } from './backoff.js';

/** How far back the gates look at least, milliseconds. */
export const HISTORY_MS = 4 * 3_600_000;

/**
 * How far back the gates have to look to keep what the manifest of a request declares, milliseconds:
 * its cooldown; for repairs all of a row that has reached it, because the wait doubles with each.
 * Never further than the log is kept.
 */
export function historyNeededMs(
  request: Pick<ActionRequest, 'operator' | 'causes' | 'service'>,
): number {
  const kind = kindOf(request);
  if (kind === 'operator' || request.service === undefined) return HISTORY_MS;
  const { cooldownPeriodMs, stableAfterMs } = request.service.spec.remediation;
  const steps = Math.max(1, 1 + Math.ceil(Math.log2(cooldownPeriodMs / FIRST_DELAY_MS)));
  const needed = kind === 'policy' ? cooldownPeriodMs : steps * (cooldownPeriodMs + stableAfterMs);
  return Math.min(STREAMS.ACTION_LOG.maxAgeMs, Math.max(HISTORY_MS, needed));
}
