import type { DriftRecord, ResourceMemory } from '@vigil/contracts';
import type { Difference } from '@vigil/drift';
import type { ResourceId } from '@vigil/manifests';
import { stableId } from '../stable-id.js';

/** A difference that is open, with its record. */
export type OpenDrift = ResourceMemory['open'][number];

export type DriftEvent =
  | { readonly kind: 'detected'; readonly record: DriftRecord }
  | { readonly kind: 'updated'; readonly record: DriftRecord }
  | { readonly kind: 'resolved'; readonly record: DriftRecord };

export interface TrackedDrift {
  readonly open: readonly OpenDrift[];
  readonly events: readonly DriftEvent[];
}

/** Where nothing new follows from what is seen, and who is behind what is. */
export interface Doubts {
  /** Nothing can be said about the host now: what was open there stays as it is. */
  readonly isUnknownHost: (host: string) => boolean;
  /** An action changes the replica, or its effect was not seen yet: what is seen is our own doing. */
  readonly isUnsettled: (host: string, replica: number) => boolean;
  /** Who changed the host, as far as it can tell; default: nobody knows. */
  readonly attributionOf?: (difference: Difference) => string | undefined;
}

/**
 * Opens, updates and resolves drift records so that they say what the differences say. A record's
 * id is made from the difference and the fault that opened it: one record per occurrence, the same
 * one from every evaluator. What opens together shares a correlation id.
 */
export function trackDrift(
  resource: ResourceId,
  before: readonly OpenDrift[],
  differences: readonly Difference[],
  doubts: Doubts,
  now: number,
): TrackedDrift {
  const known = new Map(before.map((open) => [open.difference, open]));
  const certain = differences.filter((difference) => !isUnsettled(difference, doubts));
  const fresh = certain.filter((difference) => !known.has(difference.id));
  const correlationId = stableId('cor', resource, ...fresh.map(recordId).sort());
  const events: DriftEvent[] = [];
  const open: OpenDrift[] = [];
  for (const difference of certain) {
    const last = known.get(difference.id);
    known.delete(difference.id);
    const next = last?.record ?? { detectedAt: now, correlationId, id: recordId(difference) };
    const attribution = doubts.attributionOf?.(difference) ?? attributedBefore(last, difference);
    const record = recordOf(resource, difference, { ...next, attribution }, now);
    if (last === undefined) {
      open.push(openDrift(difference, record));
      events.push({ kind: 'detected', record });
    } else if (saysTheSame(last, difference, record)) {
      open.push(last);
    } else {
      open.push(openDrift(difference, record));
      events.push({ kind: 'updated', record });
    }
  }
  for (const last of known.values()) {
    const { record } = last;
    if (isFrozen(last, doubts)) {
      open.push(last);
      continue;
    }
    const resolved = { ...record, state: 'resolved' as const, updatedAt: now, resolvedAt: now };
    events.push({ kind: 'resolved', record: resolved });
  }
  return { open, events };
}

/** A difference does not end because nobody can see its host any more, or because we act on it. */
function isFrozen({ record, replica }: OpenDrift, doubts: Doubts): boolean {
  const { type, host } = record;
  if (type === 'unreachable' || host === undefined) return false;
  return doubts.isUnknownHost(host) || isUnsettled({ host, replica }, doubts);
}

function isUnsettled(
  { host, replica }: { readonly host?: string | undefined; readonly replica?: number | undefined },
  doubts: Doubts,
): boolean {
  return host !== undefined && replica !== undefined && doubts.isUnsettled(host, replica);
}

function recordId(difference: Difference): string {
  return stableId('drift', difference.id, difference.causeKey);
}

function recordOf(
  resource: ResourceId,
  difference: Difference,
  known: Pick<DriftRecord, 'id' | 'detectedAt' | 'correlationId' | 'attribution'>,
  now: number,
): DriftRecord {
  const { type, path, desired, observed, severity, score, host } = difference;
  return {
    id: known.id,
    resource,
    ...(host === undefined ? {} : { host }),
    type,
    class: difference.class,
    path,
    desired,
    observed,
    severity,
    score,
    detectedAt: known.detectedAt,
    updatedAt: now,
    correlationId: known.correlationId,
    state: 'open',
    ...(known.attribution === undefined ? {} : { attribution: known.attribution }),
  };
}

/** What was known of the same occurrence once: the host may forget it. */
function attributedBefore(
  last: OpenDrift | undefined,
  { causeKey }: Difference,
): string | undefined {
  return last?.causeKey === causeKey ? last.record.attribution : undefined;
}

function openDrift({ id, causeKey, replica }: Difference, record: DriftRecord): OpenDrift {
  return {
    difference: id,
    causeKey,
    record,
    ...(replica === undefined ? {} : { replica }),
  };
}

/** A score that only grew with time is no news. */
function saysTheSame(last: OpenDrift, difference: Difference, record: DriftRecord): boolean {
  return last.causeKey === difference.causeKey && content(last.record) === content(record);
}

function content(record: DriftRecord): string {
  const { host, class: kind, desired, observed, severity, attribution } = record;
  return JSON.stringify([host, kind, desired, observed, severity, attribution]);
}
