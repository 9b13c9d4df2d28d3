import { ActionLogged, type ActionLogEntry, type ActionRequest } from '@vigil/contracts';
import { Injectable } from '@nestjs/common';
import { Bus, WrongSequence } from '@vigil/messaging';
import { Clock, dispositionOf, newCorrelationId, retryForever, VigilError } from '@vigil/service';
import { requesterOf } from '../action/action-kind.js';
import { applyEntry } from '../action/action-view.js';
import { StreamClock } from '../clock/stream-clock.js';
import { ActionMetrics } from './action-metrics.js';
import { ActionRegistry } from './action-registry.js';
import type { EntryContent, LoggedAction } from './entry-content.js';

/** Another process has written to the action's log: it drives the action now. */
export class ActionTakenOver extends VigilError {
  readonly code = 'action.taken_over';
  readonly disposition = 'retry';
}

const RETRY = { initialMs: 20, capMs: 1_000 };

/**
 * Appends to the logs of actions. An entry counts when the stream has acknowledged it, and only when
 * it follows the last one that its writer knew: two processes can never both drive an action.
 */
@Injectable()
export class ActionLog {
  /** Makes the entries of this process its own: a repetition after a lost acknowledgement is none. */
  private readonly writer = newCorrelationId();

  constructor(
    private readonly bus: Bus,
    private readonly clock: Clock,
    private readonly registry: ActionRegistry,
    private readonly metrics: ActionMetrics,
    private readonly streamClock: StreamClock,
  ) {}

  /**
   * Opens the log of a new action; undefined when the action is known already.
   * @param queuedAt when the queue took the request, by the server's clock, Unix ms
   * @throws NatsUnavailable, PublishTimeout: then it may be open or not; ask again
   */
  async open(request: ActionRequest, queuedAt: number): Promise<LoggedAction | undefined> {
    const { actionId, correlationId, resource } = request;
    const at = this.clock.now();
    const entry: ActionLogEntry = {
      kind: 'requested',
      actionId,
      correlationId,
      resource,
      sequence: 0,
      at,
      actor: requesterOf(request),
      request,
      queuedAt: Math.round(at - this.streamClock.ageOf(queuedAt)),
    };
    try {
      return await this.write(undefined, entry);
    } catch (error) {
      if (error instanceof ActionTakenOver) return undefined;
      throw error;
    }
  }

  /**
   * Appends the next entry, trying on while NATS is away.
   * @throws ActionTakenOver; RetryAborted when the signal ended the attempts
   */
  async append(
    action: LoggedAction,
    content: EntryContent,
    actor: string,
    signal: AbortSignal,
  ): Promise<LoggedAction> {
    const { actionId, correlationId, resource } = action.view.request;
    const entry: ActionLogEntry = {
      actionId,
      correlationId,
      resource,
      sequence: action.view.sequence + 1,
      at: this.clock.now(),
      actor,
      ...content,
    };
    return retryForever(signal, () => this.write(action, entry), {
      ...RETRY,
      shouldRetry: isTransient,
    });
  }

  private async write(
    before: LoggedAction | undefined,
    entry: ActionLogEntry,
  ): Promise<LoggedAction> {
    // first, so that an illegal transition never gets into the log
    const view = applyEntry(before?.view, entry);
    try {
      const { sequence } = await this.bus.publish(ActionLogged, entry, {
        params: { actionId: entry.actionId },
        messageId: `${entry.actionId}/${entry.sequence}/${this.writer}`,
        expectLastSubjectSequence: before?.streamSequence ?? 0,
        correlationId: entry.correlationId,
      });
      const after = { view, streamSequence: sequence };
      this.registry.record(after);
      this.metrics.written(view, entry.kind);
      return after;
    } catch (cause) {
      if (!(cause instanceof WrongSequence)) throw cause;
      throw new ActionTakenOver(`${entry.actionId} is driven by another process`, { cause });
    }
  }
}

function isTransient(error: unknown): boolean {
  return !(error instanceof ActionTakenOver) && dispositionOf(error) === 'retry';
}
