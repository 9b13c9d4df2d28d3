import { Injectable } from '@nestjs/common';
import { ActionLogged, type ActionLogEntry } from '@vigil/contracts';
import { Subscriptions } from '@vigil/messaging';
import { Clock } from '@vigil/service';
import { applyEntry, isFinished, type ActionView } from '../action/action-view.js';
import { APPROVAL_EXPIRY_MS } from '../approvals/approval-window.js';
import { ActionRegistry } from '../log/action-registry.js';
import { whenAborted } from '../recovery/when-aborted.js';
import { traceOf } from './action-trace.js';

/** An action that ended within reach may have been asked for this much earlier, milliseconds. */
const LONGEST_ACTION_MS = 2 * APPROVAL_EXPIRY_MS;

/**
 * Reads further back in the log than what every remediator keeps, when a manifest with a long cooldown
 * wants it: once for the longest of them, from then on it is kept.
 */
@Injectable()
export class OlderActions {
  private reading: Promise<void> = Promise.resolve();

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly registry: ActionRegistry,
    private readonly clock: Clock,
  ) {}

  /** Resolves when the history is whole for that long, milliseconds, or the signal ended it before. */
  async reach(ms: number, signal: AbortSignal): Promise<void> {
    const { history } = this.registry;
    while (history.wholeMs < ms && !signal.aborted) {
      this.reading = this.reading.then(() => this.read(ms, signal));
      await this.reading;
    }
  }

  private async read(ms: number, signal: AbortSignal): Promise<void> {
    const { history } = this.registry;
    if (history.wholeMs >= ms || signal.aborted) return;
    // from now on, so that nothing is forgotten that was just read
    history.keepFor(ms);
    const open = new Map<string, ActionView>();
    const reader = this.subscriptions.subscribeOrdered(
      ActionLogged,
      { deliver: { sinceMs: this.clock.now() - ms - LONGEST_ACTION_MS } },
      (entry) => {
        this.take(entry, open);
      },
    );
    await Promise.race([reader.caughtUp, whenAborted(signal)]);
    await reader.stop();
    if (!signal.aborted) history.isWholeFor(ms);
  }

  private take(entry: ActionLogEntry, open: Map<string, ActionView>): void {
    const { actionId, resource } = entry;
    const known = open.get(actionId);
    // its log began before, or it is known from the stream's newer part
    if (known === undefined && entry.kind !== 'requested') return;
    if (this.registry.history.has(actionId)) return;
    const view = applyEntry(known, entry);
    if (!isFinished(view)) {
      open.set(actionId, view);
      return;
    }
    open.delete(actionId);
    this.registry.history.record(resource, traceOf(view));
  }
}
