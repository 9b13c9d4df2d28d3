import type {
  ActionReason,
  ActionState,
  Cause,
  CommandResult,
  Operation,
  Plan,
} from '@vigil/contracts';
import { REMEDIATOR_ACTOR } from '../action/action-kind.js';
import { isFinished, type ActionView } from '../action/action-view.js';
import type { ActionLog } from '../log/action-log.js';
import type { EntryContent, LoggedAction } from '../log/entry-content.js';

export interface TransitionDetails {
  readonly reason?: ActionReason;
  readonly plan?: Plan;
  readonly expiresAt?: number;
  readonly fencingToken?: number;
  readonly causes?: Cause[];
  readonly deferred?: { readonly causeKey: string; readonly reason: ActionReason }[];
}

/** A person's wish to end an action that runs. */
export interface Cancellation {
  readonly actor: string;
  readonly reason: string;
}

/**
 * One action while this process drives it. Everything that is written here is acknowledged by the
 * stream before the call returns; calls at the same time are written one after the other.
 */
export class ActionRun {
  private tail: Promise<unknown> = Promise.resolve();
  private readonly cancelling = new AbortController();
  private cancelledBy: Cancellation | undefined;

  /** @param stopping aborted when this process gives the action up, without an end of it */
  constructor(
    private readonly log: ActionLog,
    private current: LoggedAction,
    readonly stopping: AbortSignal,
  ) {}

  get view(): ActionView {
    return this.current.view;
  }

  get finished(): boolean {
    return isFinished(this.current.view);
  }

  /** Aborted when a person cancels the action or this process stops. */
  get interrupted(): AbortSignal {
    return AbortSignal.any([this.stopping, this.cancelling.signal]);
  }

  get cancellation(): Cancellation | undefined {
    return this.cancelledBy;
  }

  cancel(cancellation: Cancellation): void {
    this.cancelledBy ??= cancellation;
    this.cancelling.abort();
  }

  /** Moves to a state; does nothing when it is there already. */
  async moveTo(
    to: ActionState,
    details: TransitionDetails = {},
    actor = REMEDIATOR_ACTOR,
  ): Promise<void> {
    await this.append(
      (view) =>
        view.state === to ? undefined : { kind: 'transition', from: view.state, to, ...details },
      actor,
    );
  }

  async operationIssued(
    issued: { readonly index: number; readonly commandId: string; readonly rollback: boolean },
    host: string,
    operation: Operation,
  ): Promise<void> {
    await this.append(() => ({ kind: 'operation-issued', ...issued, host, operation }));
  }

  async operationFinished(
    issued: { readonly index: number; readonly commandId: string; readonly rollback: boolean },
    result: CommandResult,
  ): Promise<void> {
    const { index, commandId, rollback } = issued;
    await this.append(() => ({ kind: 'operation-finished', index, commandId, rollback, result }));
  }

  private append(
    make: (view: ActionView) => EntryContent | undefined,
    actor = REMEDIATOR_ACTOR,
  ): Promise<void> {
    const write = async () => {
      const content = make(this.current.view);
      if (content === undefined) return;
      this.current = await this.log.append(this.current, content, actor, this.stopping);
    };
    const written = this.tail.then(write, write);
    this.tail = written.catch(() => undefined);
    return written;
  }
}
