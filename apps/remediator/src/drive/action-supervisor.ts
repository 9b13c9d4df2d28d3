import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import {
  describeError,
  dispositionOf,
  fullJitter,
  Log,
  pause,
  VigilError,
  withCorrelation,
} from '@vigil/service';
import { ActionLog, ActionTakenOver } from '../log/action-log.js';
import { ActionRegistry } from '../log/action-registry.js';
import { ActionHold } from '../locks/action-hold.js';
import { ResourceLocks } from '../locks/resource-locks.js';
import { ActionRun, type Cancellation } from './action-run.js';
import { DriveAction } from './drive-action.js';
import { Slots } from './slots.js';

/** Actions that this process drives at the same time; the others wait. */
const CONCURRENT_ACTIONS = 64;

/** Actions that are driven or wait; above it new requests are left in the queue. */
const MAX_ACTIONS = 10_000;

/** Attempts at an action whose driver fails with an error that nobody foresaw. */
const UNFORESEEN_ATTEMPTS = 5;

/** How long a cancellation is waited for, milliseconds; who told of it asks again then. */
const CANCEL_WAIT_MS = 2_000;

const RETRY = { initialMs: 100, capMs: 5_000 };

interface ActiveAction {
  /** Resolves when this process does nothing more about the action. */
  work: Promise<void>;
  run?: ActionRun;
  /** Outlives the attempt during which it came, and holds for one that waits for its turn. */
  cancellation?: Cancellation;
  /** Errors that nobody foresaw, so far. */
  unforeseen: number;
}

/** Drives actions in the background, each until its end or the end of the process. */
@Injectable()
export class ActionSupervisor implements BeforeApplicationShutdown {
  private readonly active = new Map<string, ActiveAction>();
  private readonly slots = new Slots(CONCURRENT_ACTIONS);
  private readonly stopping = new AbortController();

  constructor(
    private readonly driver: DriveAction,
    private readonly actions: ActionLog,
    private readonly registry: ActionRegistry,
    private readonly locks: ResourceLocks,
    private readonly log: Log,
  ) {}

  /** False while so many actions wait that new ones should not be taken. */
  hasRoom(): boolean {
    return this.active.size < MAX_ACTIONS;
  }

  /** True while an action that is begun now does not have to wait for others. */
  get isFree(): boolean {
    return this.active.size < CONCURRENT_ACTIONS;
  }

  /** Goes on with an action that is in the registry, unless that is being done already. */
  begin(actionId: string): void {
    if (this.stopping.signal.aborted || this.active.has(actionId)) return;
    const active: ActiveAction = { unforeseen: 0, work: Promise.resolve() };
    this.active.set(actionId, active);
    active.work = this.slots
      .use(() => this.driveToEnd(actionId, active))
      .catch((error: unknown) => {
        this.log.error('an action was left where it is', error, { actionId });
      })
      .finally(() => {
        this.active.delete(actionId);
      });
  }

  /**
   * A person cancels an action. Resolves when this process does nothing more about it, because it has
   * ended or is left to another process; or after a while, when it takes longer.
   */
  async cancel(actionId: string, cancellation: Cancellation): Promise<void> {
    const active = this.active.get(actionId);
    if (active === undefined) return;
    active.cancellation ??= cancellation;
    active.run?.cancel(cancellation);
    const ended = new AbortController();
    const work = active.work.finally(() => {
      ended.abort();
    });
    await Promise.race([work, pause(CANCEL_WAIT_MS, ended.signal)]);
  }

  /** Leaves every action where it is: whoever reads the log next goes on with it. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all([...this.active.values()].map(({ work }) => work));
  }

  private async driveToEnd(actionId: string, active: ActiveAction): Promise<void> {
    const action = this.registry.get(actionId);
    if (action === undefined) return;
    const hold = new ActionHold(this.locks, action.view.request);
    try {
      for (let attempt = 0; await this.goesOn(actionId, active, hold); attempt += 1) {
        await pause(fullJitter(attempt, RETRY), this.stopping.signal);
      }
    } finally {
      await hold.release();
    }
  }

  /** One attempt, from where the log ends; true when there has to be another one. */
  private async goesOn(actionId: string, active: ActiveAction, hold: ActionHold): Promise<boolean> {
    const { signal } = this.stopping;
    const action = this.registry.get(actionId);
    if (action === undefined || signal.aborted) return false;
    const run = new ActionRun(this.actions, action, signal);
    active.run = run;
    if (active.cancellation !== undefined) run.cancel(active.cancellation);
    try {
      const { correlationId } = action.view.request;
      await withCorrelation(correlationId, () => this.driver.drive(run, hold));
      return false;
    } catch (error) {
      if (run.stopping.aborted || error instanceof ActionTakenOver) return false;
      if (!(error instanceof VigilError)) active.unforeseen += 1;
      this.log.error('an action was interrupted', error, { actionId });
      const hopeless = dispositionOf(error) !== 'retry' || active.unforeseen >= UNFORESEEN_ATTEMPTS;
      return !(hopeless && (await this.giveUp(run, error)));
    }
  }

  /** Ends an action that cannot be driven to a better end. */
  private async giveUp(run: ActionRun, error: unknown): Promise<boolean> {
    const reason = { code: 'internal', message: `an internal error: ${describeError(error, 300)}` };
    try {
      await run.moveTo('failed', { reason });
      return true;
    } catch (failure) {
      this.log.error('an action could not be ended', failure);
      return failure instanceof ActionTakenOver;
    }
  }
}
