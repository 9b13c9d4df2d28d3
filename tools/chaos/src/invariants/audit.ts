import { ACTION_TRANSITIONS, isFinalActionState, type ActionLogEntry } from '@vigil/contracts';

type State = Extract<ActionLogEntry, { kind: 'transition' }>['to'];

/** What the log has said of an action so far. */
interface ActionSoFar {
  readonly resource: string;
  readonly causes: readonly string[];
  sequence: number;
  state: State;
  token: number | undefined;
  readonly issued: Map<string, string>;
  readonly effective: Map<string, string>;
}

/**
 * Reads the log of all actions in the order in which it was written, and says what must never stand
 * there:
 * - a gap or a repetition in an action's own sequence, or a transition that is none;
 * - an operation of an action that does not run, or that another action's lock has followed;
 * - the same operation with an effect twice, or one cause remedied by two actions;
 * - two actions of one resource that hold its lock at the same time.
 */
export function violationsOfAudit(log: readonly ActionLogEntry[]): string[] {
  const audit = new Audit();
  for (const entry of log) audit.read(entry);
  return audit.violations;
}

class Audit {
  readonly violations: string[] = [];
  private readonly actions = new Map<string, ActionSoFar>();
  /** Newest token of each resource, and whose it is. */
  private readonly holders = new Map<
    string,
    { readonly actionId: string; readonly token: number }
  >();
  private readonly remedied = new Map<string, string>();

  read(entry: ActionLogEntry): void {
    const action = this.actions.get(entry.actionId);
    if (action === undefined) {
      this.begin(entry);
      return;
    }
    if (entry.sequence !== action.sequence + 1) {
      this.report(entry, `follows entry ${action.sequence}`);
    }
    action.sequence = entry.sequence;
    switch (entry.kind) {
      case 'requested':
        this.report(entry, 'is requested a second time');
        return;
      case 'transition':
        this.move(entry, action);
        return;
      case 'operation-issued':
        this.issue(entry, action);
        return;
      case 'operation-finished':
        this.finish(entry, action);
        return;
    }
  }

  private begin(entry: ActionLogEntry): void {
    if (entry.kind !== 'requested' || entry.sequence !== 0) {
      this.report(entry, 'is the first that is known of the action');
    }
    this.actions.set(entry.actionId, {
      resource: entry.resource,
      causes: entry.kind === 'requested' ? entry.request.causes.map(({ key }) => key) : [],
      sequence: entry.sequence,
      state: 'requested',
      token: undefined,
      issued: new Map(),
      effective: new Map(),
    });
  }

  private move(entry: Extract<ActionLogEntry, { kind: 'transition' }>, action: ActionSoFar): void {
    const successors: readonly State[] = ACTION_TRANSITIONS[entry.from];
    if (entry.from !== action.state || !successors.includes(entry.to)) {
      this.report(entry, `goes from ${entry.from} to ${entry.to} in state ${action.state}`);
    }
    action.state = entry.to;
    if (entry.fencingToken !== undefined) this.takeLock(entry, action, entry.fencingToken);
    if (entry.to === 'succeeded') this.remedy(entry, action);
  }

  private takeLock(entry: ActionLogEntry, action: ActionSoFar, token: number): void {
    const holder = this.holders.get(action.resource);
    if (holder !== undefined && holder.actionId !== entry.actionId) {
      const other = this.actions.get(holder.actionId);
      if (other !== undefined && !isFinalActionState(other.state)) {
        this.report(entry, `takes the lock that ${holder.actionId} (${other.state}) holds`);
      }
    }
    if (holder !== undefined && token <= holder.token) {
      this.report(entry, `has token ${token}, not above ${holder.token}`);
    }
    action.token = token;
    this.holders.set(action.resource, { actionId: entry.actionId, token });
  }

  private issue(
    entry: Extract<ActionLogEntry, { kind: 'operation-issued' }>,
    action: ActionSoFar,
  ): void {
    const phase = entry.rollback ? 'rolling_back' : 'running';
    if (action.state !== phase && action.state !== 'verifying') {
      this.report(entry, `is issued in state ${action.state}`);
    }
    if (this.holders.get(action.resource)?.actionId !== entry.actionId) {
      this.report(entry, 'is issued without the lock');
    }
    action.issued.set(entry.commandId, operationKey(entry));
  }

  private finish(
    entry: Extract<ActionLogEntry, { kind: 'operation-finished' }>,
    action: ActionSoFar,
  ): void {
    const issued = action.issued.get(entry.commandId);
    if (issued === undefined) this.report(entry, 'finishes what was not issued');
    if (entry.result.status !== 'succeeded') return;
    const key = operationKey(entry);
    const before = action.effective.get(key);
    if (before !== undefined) {
      this.report(entry, `has the effect of operation ${key} again (${before})`);
    }
    action.effective.set(key, entry.commandId);
  }

  /** A scale or a person's wish may come again; what happened once on a host cannot. */
  private remedy(entry: ActionLogEntry, action: ActionSoFar): void {
    for (const cause of action.causes) {
      const before = this.remedied.get(cause);
      if (before !== undefined) this.report(entry, `remedies ${cause}, which ${before} has`);
      this.remedied.set(cause, entry.actionId);
    }
  }

  private report(entry: ActionLogEntry, what: string): void {
    this.violations.push(
      `${entry.resource}: entry ${entry.sequence} (${entry.kind}) of ${entry.actionId} ${what}`,
    );
  }
}

function operationKey({ index, rollback }: { index: number; rollback: boolean }): string {
  return `${rollback ? 'rollback ' : ''}${index}`;
}

/** Starts of a process or container by a command that the log tells to have had its effect. */
export function startsInAudit(log: readonly ActionLogEntry[]): number {
  const kinds = new Map<string, string>();
  let starts = 0;
  for (const entry of log) {
    if (entry.kind === 'operation-issued') kinds.set(entry.commandId, entry.operation.kind);
    if (entry.kind !== 'operation-finished' || entry.result.status !== 'succeeded') continue;
    const kind = kinds.get(entry.commandId);
    if (kind === 'start' || kind === 'restart') starts += 1;
  }
  return starts;
}

/** Ids of actions that have not ended. */
export function openActions(log: readonly ActionLogEntry[]): string[] {
  const states = new Map<string, State>();
  for (const entry of log) {
    if (entry.kind === 'requested') states.set(entry.actionId, 'requested');
    if (entry.kind === 'transition') states.set(entry.actionId, entry.to);
  }
  return [...states].filter(([, state]) => !isFinalActionState(state)).map(([id]) => id);
}
