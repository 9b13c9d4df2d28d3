import { Injectable } from '@nestjs/common';
import { Clock } from '@vigil/service';
import { StorageTimeout, StorageUnavailable } from '@vigil/storage';
import type { ActionView } from '../action/action-view.js';
import { ActionRegistry } from '../log/action-registry.js';
import { ActionStore } from '../projection/action.store.js';
import { traceOf, type ActionTrace } from './action-trace.js';

/** How long the first actions of a process wait for PostgreSQL, milliseconds. */
const PATIENCE_MS = 2_000;

/** What was done before the log began, from PostgreSQL: NATS lost its data, or is new. */
@Injectable()
export class RecalledActions {
  private connected: Promise<unknown> | undefined;

  constructor(
    private readonly registry: ActionRegistry,
    private readonly store: ActionStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Resolves when what was done to the resource in that time (milliseconds) is known, or cannot be: then
   * {@link ActionHistory.knownSince} says so.
   */
  async reach(resource: string, ms: number): Promise<void> {
    const { history } = this.registry;
    const since = this.clock.now() - ms;
    if (history.knownSince(resource) <= since) return;
    // a process that has just been started is not connected yet; one that was waited for once is away
    this.connected ??= this.store.untilReachable(AbortSignal.timeout(PATIENCE_MS));
    await this.connected;
    const began = history.beganAt;
    try {
      const views = await this.store.before(began, { resource, since });
      // the stream may have been lost meanwhile: then this is not all
      if (history.beganAt === began) history.recall(resource, since, views.map(lastTraceOf));
    } catch (error) {
      if (!(error instanceof StorageUnavailable || error instanceof StorageTimeout)) throw error;
    }
  }
}

/** What was under way when its log was lost may have changed anything: it counts as having acted. */
function lastTraceOf(view: ActionView): ActionTrace {
  const trace = traceOf(view);
  const begun = view.begunAt !== undefined && !HARMLESS.has(view.state);
  if (!begun || trace.actedAt !== undefined) return trace;
  return { ...trace, actedAt: view.updatedAt };
}

/** Ends of actions that did nothing but what their operations say. */
const HARMLESS: ReadonlySet<ActionView['state']> = new Set(['suppressed', 'cancelled', 'failed']);
