import {
  isFinalActionState,
  type ActionLogEntry,
  type ActionReason,
  type ActionRequest,
  type ActionState,
  type CommandResult,
  type ObservedContainer,
} from '@vigil/contracts';
import { isSameImage } from '@vigil/drift';

/** What the action log says of one action. */
export interface ActionRecord {
  readonly request: ActionRequest;
  readonly state: ActionState;
  /** When the log took the request, by the remediator's clock; `requestedAt` is by the evaluator's. */
  readonly loggedAt: number;
  readonly lastEntryAt: number;
  /** Set once the action is final. */
  readonly ended: Ending | undefined;
  /** The latest effect on each host. */
  readonly effects: ReadonlyMap<string, Effect>;
  /** Causes of the request that gates left out, by key: nothing is done about them here. */
  readonly deferred: ReadonlyMap<string, Ending>;
  /** Operations that were sent and have not ended, by command. */
  readonly underway: ReadonlyMap<string, Place>;
  /**
   * What it has tried to run instead of the image that ran: where the manifest is as before, that is what
   * a tag names now.
   */
  readonly movedTo: readonly MovedTag[];
}

/** What a tag named on a host when that was tried there. */
export interface MovedTag {
  readonly host: string;
  readonly id: string;
}

export interface Ending {
  readonly at: number;
  readonly reason: ActionReason | undefined;
}

/** Where an operation is carried out. */
export interface Place {
  readonly host: string;
  readonly replica: number;
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
    return {
      request,
      state: 'requested',
      loggedAt: at,
      lastEntryAt: at,
      ended: undefined,
      effects: new Map(),
      deferred: new Map(),
      underway: new Map(),
      movedTo: [],
    };
  }
  if (record === undefined) return undefined;
  switch (entry.kind) {
    case 'transition':
      return afterTransition(record, entry);
    case 'operation-issued': {
      const place = { host: entry.host, replica: entry.operation.replica };
      const underway = new Map(record.underway).set(entry.commandId, place);
      return { ...record, lastEntryAt: entry.at, underway };
    }
    case 'operation-finished': {
      const { host, effectAt } = entry.result;
      const effects = new Map(record.effects);
      if (effectAt !== undefined) effects.set(host, { at: effectAt, loggedAt: entry.at });
      const underway = new Map(record.underway);
      underway.delete(entry.commandId);
      const movedTo = withMoved(record, entry);
      return { ...record, lastEntryAt: entry.at, effects, underway, movedTo };
    }
  }
}

function withMoved(
  { request, movedTo }: ActionRecord,
  { rollback, result }: Extract<ActionLogEntry, { kind: 'operation-finished' }>,
): ActionRecord['movedTo'] {
  const { host, observation } = result;
  const left = observation?.config.container?.image;
  if (rollback || observation === undefined || left === undefined) return movedTo;
  const target = request.targets.find(
    (each) => each.host === host && each.replica === observation.replica,
  );
  if (target?.observedImage === undefined || target.observedDigest === undefined) return movedTo;
  const id = isSameImage(left, target.observedImage) ? triedInVain(result.status, left) : left.id;
  if (id === undefined) return movedTo;
  const isKnown = movedTo.some((each) => each.host === host && each.id === id);
  return isKnown ? movedTo : [...movedTo, { host, id }];
}

/** What could not be launched, so that its host went back to what ran before. */
function triedInVain(
  status: CommandResult['status'],
  { id, currentId }: ObservedContainer['image'],
): string | undefined {
  return status === 'failed' && currentId !== id ? currentId : undefined;
}

function afterTransition(
  record: ActionRecord,
  entry: Extract<ActionLogEntry, { kind: 'transition' }>,
): ActionRecord {
  const deferred = new Map(record.deferred);
  for (const { causeKey, reason } of entry.deferred ?? []) {
    deferred.set(causeKey, { at: entry.at, reason });
  }
  const next = { ...record, state: entry.to, lastEntryAt: entry.at, deferred };
  if (!isFinalActionState(entry.to)) return { ...next, ended: undefined };
  return { ...next, ended: { at: entry.at, reason: entry.reason }, underway: new Map() };
}

/** True while nothing else may be done to the resource; a pending approval holds up nothing. */
export function isBusy(record: ActionRecord): boolean {
  return record.ended === undefined && record.state !== 'pending_approval';
}

/** True when the action was asked for because of the cause. */
export function names(record: ActionRecord, causeKey: string): boolean {
  return record.request.causes.some((cause) => cause.key === causeKey);
}

/** The action as far as one of its causes is concerned: one that it left out was suppressed for it. */
export function forCause(record: ActionRecord, causeKey: string): ActionRecord {
  const ended = record.deferred.get(causeKey);
  return ended === undefined
    ? record
    : { ...record, state: 'suppressed', ended, effects: new Map(), underway: new Map() };
}
