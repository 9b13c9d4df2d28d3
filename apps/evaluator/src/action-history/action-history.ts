import type { ActionLogEntry } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import {
  foldEntry,
  forCause,
  isBusy,
  names,
  type ActionRecord,
  type Effect,
  type Place,
} from './action-record.js';

/** How far back the log is read at start: as long as a cause's attempts are counted. */
export const HISTORY_MS = 4 * 3_600_000;

/**
 * An action that wrote nothing for this long is taken for lost (its remediator never came back, or
 * its log was lost): it no longer keeps others from starting. Longer than any verification window.
 */
export const LOST_AFTER_MS = 30 * 60_000;

/** The remediator's code for an action that could not be taken back either. */
const ROLLBACK_FAILED = 'rollback-failed';

/** Ended actions kept per resource, newest first. */
const MAX_RECORDS = 500;

/** What was tried for one cause. */
export interface Attempts {
  /** Actions for the cause that have ended, without those that left it out. */
  readonly ended: number;
  /** The highest attempt number among them and those recalled; 0 when there are none. */
  readonly highest: number;
  /** The one that ended last. */
  readonly last: ActionRecord | undefined;
}

/** Every action of the last hours, folded from the action log. */
export class ActionHistory {
  private readonly byResource = new Map<ResourceId, Map<string, ActionRecord>>();
  /** Attempts of causes that were made before the log began. */
  private readonly recalled = new Map<string, number>();

  /** Takes the next entry of the log, and returns the action's record after it. */
  apply(entry: ActionLogEntry): ActionRecord | undefined {
    const records = this.recordsOf(entry.resource);
    const next = foldEntry(records.get(entry.actionId), entry);
    if (next === undefined) return undefined;
    records.set(entry.actionId, next);
    return next;
  }

  record(resource: ResourceId, actionId: string): ActionRecord | undefined {
    return this.byResource.get(resource)?.get(actionId);
  }

  /** The action that has the resource now. */
  busy(resource: ResourceId, now: number): ActionRecord | undefined {
    return this.find(resource, (record) => isBusy(record) && isAlive(record, now));
  }

  /** The action that already deals with the cause, also one that waits for approval. */
  covering(resource: ResourceId, causeKey: string, now: number): ActionRecord | undefined {
    return this.find(
      resource,
      (record) =>
        names(record, causeKey) &&
        forCause(record, causeKey).ended === undefined &&
        isAlive(record, now),
    );
  }

  /** The log of so many attempts at the cause was lost with NATS' data. */
  recallAttempts(causeKey: string, attempts: number): void {
    this.recalled.set(causeKey, attempts);
  }

  attempts(resource: ResourceId, causeKey: string): Attempts {
    let ended = 0;
    let highest = this.recalled.get(causeKey) ?? 0;
    let last: ActionRecord | undefined;
    for (const each of this.byResource.get(resource)?.values() ?? []) {
      if (!names(each, causeKey)) continue;
      const record = forCause(each, causeKey);
      if (record.ended === undefined) continue;
      // what was left out was not tried
      if (record === each) ended += 1;
      highest = Math.max(highest, record.request.attempt);
      if (last?.ended === undefined || record.ended.at >= last.ended.at) last = record;
    }
    return { ended, highest, last };
  }

  /** The latest effect of any action on the resource at a host. */
  lastEffect(resource: ResourceId, host: string): Effect | undefined {
    let latest: Effect | undefined;
    for (const { effects } of this.byResource.get(resource)?.values() ?? []) {
      const effect = effects.get(host);
      if (effect === undefined) continue;
      if (latest === undefined || effect.loggedAt >= latest.loggedAt) latest = effect;
    }
    return latest;
  }

  /** True while an operation changes the replica: what is seen of it meanwhile is our own doing. */
  isBeingChanged(resource: ResourceId, place: Place, now: number): boolean {
    const record = this.find(
      resource,
      ({ underway }) =>
        underway.size > 0 &&
        [...underway.values()].some(
          ({ host, replica }) => host === place.host && replica === place.replica,
        ),
    );
    return record !== undefined && isAlive(record, now);
  }

  /** The action on the resource that was rolled back last, also when that did not work. */
  lastRollback(resource: ResourceId): ActionRecord | undefined {
    return this.newest(
      resource,
      ({ state, ended }) => state === 'rolled_back' || ended?.reason?.code === ROLLBACK_FAILED,
    );
  }

  /** The last request of a person to bring the resource to its spec, which ends a hold. */
  lastRetry(resource: ResourceId): ActionRecord | undefined {
    return this.newest(
      resource,
      ({ request }) =>
        request.operator !== undefined && !request.operator.dryRun && request.action === 'update',
    );
  }

  /** Forgets what ended before the time that is looked back on. */
  trim(now: number): void {
    for (const [resource, records] of this.byResource) {
      const ended = [...records].filter(([, record]) => record.ended !== undefined);
      const surplus = ended.length - MAX_RECORDS;
      ended.forEach(([id, record], at) => {
        if (at < surplus || record.lastEntryAt < now - HISTORY_MS) records.delete(id);
      });
      if (records.size === 0) this.byResource.delete(resource);
    }
  }

  private find(resource: ResourceId, predicate: (record: ActionRecord) => boolean) {
    return [...(this.byResource.get(resource)?.values() ?? [])].find(predicate);
  }

  private newest(resource: ResourceId, predicate: (record: ActionRecord) => boolean) {
    return [...(this.byResource.get(resource)?.values() ?? [])]
      .filter(predicate)
      .sort((a, b) => b.lastEntryAt - a.lastEntryAt)[0];
  }

  private recordsOf(resource: ResourceId): Map<string, ActionRecord> {
    const known = this.byResource.get(resource);
    if (known !== undefined) return known;
    const records = new Map<string, ActionRecord>();
    this.byResource.set(resource, records);
    return records;
  }
}

function isAlive(record: ActionRecord, now: number): boolean {
  return now - record.lastEntryAt < LOST_AFTER_MS || record.state === 'pending_approval';
}
