import type { ActionTrace } from './action-trace.js';
import { HISTORY_MS } from './history-needed.js';

/** Remembered actions of one resource at most: above it those that did nothing are forgotten first. */
const PER_RESOURCE = 500;

/**
 * The recent actions of every resource, for the gates. Rebuilt from ACTION_LOG at start; what is older
 * than the stream itself, because NATS lost its data, is recalled from PostgreSQL.
 */
export class ActionHistory {
  private readonly byResource = new Map<string, Map<string, ActionTrace>>();
  private readonly resources = new Map<string, string>();
  private keptMs = HISTORY_MS;
  private completeMs = HISTORY_MS;
  /** When the stream began that everything is rebuilt from, Unix ms. */
  private streamBegan = Number.NEGATIVE_INFINITY;
  /** Since when everything of a resource is known that was done before the stream began, Unix ms. */
  private readonly recalledSince = new Map<string, number>();

  /** For how long everything is remembered that was done, milliseconds. */
  get wholeMs(): number {
    return this.completeMs;
  }

  /** Forgets later than it did. */
  keepFor(ms: number): void {
    this.keptMs = Math.max(ms, this.keptMs);
  }

  /** Everything has been recorded that was done in that time. */
  isWholeFor(ms: number): void {
    this.completeMs = Math.max(ms, this.completeMs);
  }

  /** When the stream began, Unix ms: of what was done before that, it says nothing. */
  get beganAt(): number {
    return this.streamBegan;
  }

  beginsAt(at: number): void {
    this.streamBegan = at;
  }

  /** Since when everything is known that was done to the resource, Unix ms. */
  knownSince(resource: string): number {
    return Math.min(this.streamBegan, this.recalledSince.get(resource) ?? this.streamBegan);
  }

  /**
   * Takes what was done to the resource since `since` (Unix ms) and before the stream began. Under
   * names of their own: an action of the new stream may have the id of one that was lost with the old.
   */
  recall(resource: string, since: number, traces: readonly ActionTrace[]): void {
    for (const trace of traces) {
      this.remember(resource, { ...trace, actionId: `${trace.actionId} (recalled)` });
    }
    this.recalledSince.set(resource, since);
  }

  record(resource: string, trace: ActionTrace): void {
    this.remember(resource, trace);
    this.resources.set(trace.actionId, resource);
  }

  private remember(resource: string, trace: ActionTrace): void {
    const traces = this.byResource.get(resource) ?? new Map<string, ActionTrace>();
    traces.set(trace.actionId, trace);
    this.byResource.set(resource, traces);
    if (traces.size > PER_RESOURCE) this.forget(traces, leastUseful(traces));
  }

  has(actionId: string): boolean {
    return this.resources.has(actionId);
  }

  /** The actions of a resource that ended after `since` (Unix ms), without the one in question. */
  of(resource: string, since: number, exceptActionId: string): readonly ActionTrace[] {
    const traces = this.byResource.get(resource);
    if (traces === undefined) return [];
    return [...traces.values()].filter(
      (trace) => trace.updatedAt >= since && trace.actionId !== exceptActionId,
    );
  }

  /** Forgets what nobody looks at any more. `now`: Unix ms. */
  forgetOld(now: number): void {
    const since = now - this.keptMs;
    for (const [resource, traces] of this.byResource) {
      for (const [actionId, trace] of traces) {
        if (trace.updatedAt < since) this.forget(traces, actionId);
      }
      if (traces.size === 0) this.byResource.delete(resource);
    }
  }

  clear(): void {
    this.byResource.clear();
    this.resources.clear();
    this.recalledSince.clear();
  }

  private forget(traces: Map<string, ActionTrace>, actionId: string | undefined): void {
    if (actionId === undefined) return;
    traces.delete(actionId);
    this.resources.delete(actionId);
  }
}

/** The oldest action that did nothing, else the oldest. */
function leastUseful(traces: ReadonlyMap<string, ActionTrace>): string | undefined {
  const all = [...traces.values()];
  const idle = all.filter((trace) => trace.actedAt === undefined);
  return oldest(idle.length > 0 ? idle : all)?.actionId;
}

function oldest(traces: readonly ActionTrace[]): ActionTrace | undefined {
  const [first, ...others] = traces;
  return others.reduce((old, one) => (old && old.updatedAt <= one.updatedAt ? old : one), first);
}
