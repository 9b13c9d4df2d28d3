import {
  ACTION_TRANSITIONS,
  isFinalActionState,
  type ActionLogEntry,
  type ActionReason,
  type ActionRequest,
  type ActionState,
  type CommandResult,
  type Operation,
  type Plan,
} from '@vigil/contracts';
import { BrokenActionLog, IllegalTransition } from './action-errors.js';

/** One operation that was issued, and its result once there is one. */
export interface IssuedOperation {
  readonly index: number;
  readonly commandId: string;
  readonly host: string;
  readonly rollback: boolean;
  readonly operation: Operation;
  readonly finished?: { readonly at: number; readonly result: CommandResult };
  /** Its effect has been proved, and the action went on. */
  readonly verified?: boolean;
}

/** What the log of one action adds up to. Never changed in place. */
export interface ActionView {
  readonly request: ActionRequest;
  readonly state: ActionState;
  /** Number of the last entry: the next one is this + 1. */
  readonly sequence: number;
  /** When the request came into its queue, Unix ms by the clock of the remediator that took it. */
  readonly queuedAt: number;
  /** When the log was opened and when the last entry was written, Unix ms. */
  readonly loggedAt: number;
  readonly updatedAt: number;
  /** When it began to run for the first time, Unix ms; absent before that. */
  readonly begunAt?: number;
  readonly plan?: Plan;
  /** What takes the plan back, once that has begun. */
  readonly rollbackPlan?: Plan;
  readonly reason?: ActionReason;
  readonly fencingToken?: number;
  /** While `pending_approval`, Unix ms. */
  readonly expiresAt?: number;
  /** Hash of the plan that a person approved. */
  readonly approvedPlanHash?: string;
  readonly operations: readonly IssuedOperation[];
}

type Entry<Kind extends ActionLogEntry['kind']> = Extract<ActionLogEntry, { kind: Kind }>;

/** Throws unless `to` may follow `from`. */
export function assertTransition(from: ActionState, to: ActionState): void {
  const allowed: readonly ActionState[] = ACTION_TRANSITIONS[from];
  if (!allowed.includes(to)) throw new IllegalTransition(`${to} may not follow ${from}`);
}

/**
 * The view after one more entry. An entry that the view already contains changes nothing.
 * @throws BrokenActionLog when an entry is missing or the first one is no request
 * @throws IllegalTransition
 */
export function applyEntry(view: ActionView | undefined, entry: ActionLogEntry): ActionView {
  if (view === undefined) return beginAction(entry);
  if (entry.sequence <= view.sequence) return view;
  if (entry.sequence !== view.sequence + 1) {
    throw new BrokenActionLog(
      `entry ${entry.sequence} of ${entry.actionId} follows entry ${view.sequence}`,
    );
  }
  const next = { ...view, sequence: entry.sequence, updatedAt: entry.at };
  switch (entry.kind) {
    case 'requested':
      throw new BrokenActionLog(`${entry.actionId} was requested twice`);
    case 'transition':
      return applyTransition(next, entry);
    case 'operation-issued':
      return { ...next, operations: [...view.operations, issued(entry)] };
    case 'operation-finished':
      return { ...next, operations: view.operations.map((one) => finished(one, entry)) };
  }
}

/** The view of a whole log, oldest entry first; undefined for an empty one. */
export function replayLog(entries: readonly ActionLogEntry[]): ActionView | undefined {
  return entries.reduce<ActionView | undefined>(applyEntry, undefined);
}

/**
 * When what justifies the request was first seen, Unix ms by the remediator's clock: how long before
 * the request that was is all that the requester's clock is asked.
 */
export function observedAtOf({
  request,
  queuedAt,
}: Pick<ActionView, 'request' | 'queuedAt'>): number {
  return queuedAt - (request.requestedAt - request.observedAt);
}

export function isFinished(view: ActionView): boolean {
  return isFinalActionState(view.state);
}

function beginAction(entry: ActionLogEntry): ActionView {
  if (entry.kind !== 'requested' || entry.sequence !== 0) {
    throw new BrokenActionLog(`the log of ${entry.actionId} begins with entry ${entry.sequence}`);
  }
  return {
    request: entry.request,
    // a log from before this was written down: the requester's own clock has to do
    queuedAt: entry.queuedAt ?? entry.request.requestedAt,
    state: 'requested',
    sequence: 0,
    loggedAt: entry.at,
    updatedAt: entry.at,
    operations: [],
  };
}

function applyTransition(view: ActionView, entry: Entry<'transition'>): ActionView {
  if (entry.from !== view.state) {
    throw new IllegalTransition(
      `${entry.actionId} is ${view.state}: ${entry.to} cannot follow ${entry.from}`,
    );
  }
  assertTransition(entry.from, entry.to);
  const approved = entry.from === 'pending_approval' && entry.to === 'queued';
  return {
    ...view,
    state: entry.to,
    ...(entry.to === 'running' ? { begunAt: view.begunAt ?? entry.at } : {}),
    ...planIn(entry),
    ...(goesOn(entry) ? { operations: view.operations.map(proved) } : {}),
    ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    ...(entry.fencingToken === undefined ? {} : { fencingToken: entry.fencingToken }),
    ...(entry.expiresAt === undefined ? {} : { expiresAt: entry.expiresAt }),
    ...(approved && view.plan !== undefined ? { approvedPlanHash: view.plan.hash } : {}),
  };
}

/** The next batch only follows when the last one has proved to be good. */
function goesOn({ from, to }: Entry<'transition'>): boolean {
  return from === 'verifying' && to === 'running';
}

function proved(one: IssuedOperation): IssuedOperation {
  return { ...one, verified: true };
}

function planIn({ to, plan }: Entry<'transition'>): Partial<ActionView> {
  if (plan === undefined) return {};
  return to === 'rolling_back' ? { rollbackPlan: plan } : { plan };
}

function issued(entry: Entry<'operation-issued'>): IssuedOperation {
  const { index, commandId, host, rollback, operation } = entry;
  return { index, commandId, host, rollback, operation };
}

function finished(one: IssuedOperation, entry: Entry<'operation-finished'>): IssuedOperation {
  if (one.commandId !== entry.commandId) return one;
  return { ...one, finished: { at: entry.at, result: entry.result } };
}
