import {
  isFinalActionState,
  type ActionLogEntry,
  type ActionReason,
  type ActionRequest,
  type ActionState,
} from '@vigil/contracts';

/** What the action log says of one action. */
export interface ActionRecord {
  readonly request: ActionRequest;
  readonly state: ActionState;
  readonly lastEntryAt: number;
  /** Set once the action is final. */
  readonly ended: { readonly at: number; readonly reason: ActionReason | undefined } | undefined;
  /** The latest effect on each host. */
  readonly effects: ReadonlyMap<string, Effect>;
}

/** When an operation changed something on a host. */
export interface Effect {
  /** By the host's own clock. */
  readonly at: number;
  /** When the log took it, by the remediator's clock. */
  readonly loggedAt: number;
}

/** The record after one more entry; undefined when the entry's `requested` was not read. */
export function foldEntry(
  record: ActionRecord | undefined,
  entry: ActionLogEntry,
): ActionRecord | undefined {
  if (entry.kind === 'requested') {
    if (record !== undefined) return record;
    const { request, at } = entry;
    return { request, state: 'requested', lastEntryAt: at, ended: undefined, effects: new Map() };
  }
  if (record === undefined) return undefined;
  switch (entry.kind) {
    case 'transition':
      return {
        ...record,
        state: entry.to,
        lastEntryAt: entry.at,
        ended: isFinalActionState(entry.to) ? { at: entry.at, reason: entry.reason } : undefined,
      };
    case 'operation-issued':
      return { ...record, lastEntryAt: entry.at };
    case 'operation-finished': {
      const { host, effectAt } = entry.result;
      const effects = new Map(record.effects);
      if (effectAt !== undefined) effects.set(host, { at: effectAt, loggedAt: entry.at });
      return { ...record, lastEntryAt: entry.at, effects };
    }
  }
}

/** True while nothing else may be done to the resource; a pending approval holds up nothing. */
export function isBusy(record: ActionRecord): boolean {
  return record.ended === undefined && record.state !== 'pending_approval';
}

export function hasCause(record: ActionRecord, causeKey: string): boolean {
  return record.request.causes.some((cause) => cause.key === causeKey);
}
