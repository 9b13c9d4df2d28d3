import type { DecisionRecorded } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import { stableId } from '../stable-id.js';
import type { Verdict } from './decide.js';
import { RUNTIME_RESTARTS } from './drift-intentions.js';

export interface DecisionNews {
  /** To be published: what was not decided before. */
  readonly events: readonly DecisionRecorded[];
  /** Fingerprints of everything that is decided now. */
  readonly fingerprints: readonly string[];
}

/**
 * The decisions that are news. One that only repeats what is in force is not recorded again. A
 * decision about several chains is recorded in each of them, so that every chain can be explained.
 */
export function decisionNews(
  resource: ResourceId | undefined,
  verdicts: readonly Verdict[],
  inForce: readonly string[],
  now: number,
): DecisionNews {
  const events: DecisionRecorded[] = [];
  const fingerprints: string[] = [];
  for (const verdict of verdicts) {
    const fingerprint = fingerprintOf(verdict);
    fingerprints.push(fingerprint);
    if (inForce.includes(fingerprint)) continue;
    for (const correlationId of verdict.correlationIds) {
      events.push(eventOf(resource, verdict, correlationId, fingerprint, now));
    }
  }
  return { events, fingerprints };
}

function fingerprintOf({ outcome, code, causes, request, nextAttemptAt }: Verdict): string {
  const keys = causes.map(({ key }) => key).sort();
  // until when is by when its host was heard, which is a little earlier or later each time
  const until = code === RUNTIME_RESTARTS ? undefined : nextAttemptAt;
  return stableId('fp', JSON.stringify([outcome, code, keys, request?.actionId, until]));
}

function eventOf(
  resource: ResourceId | undefined,
  verdict: Verdict,
  correlationId: string,
  fingerprint: string,
  now: number,
): DecisionRecorded {
  const { outcome, code, message, causes, request, nextAttemptAt } = verdict;
  // a request is decided once; the same reason for doing nothing can come back later
  const occurrence = request === undefined ? now : 0;
  return {
    id: stableId('dec', resource ?? '', correlationId, fingerprint, occurrence),
    at: now,
    correlationId,
    ...(resource === undefined ? {} : { resource }),
    causes: [...causes],
    outcome,
    code,
    message,
    ...(request === undefined ? {} : { actionId: request.actionId }),
    ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
  };
}
