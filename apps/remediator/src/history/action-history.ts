import type { ActionTrace } from './action-trace.js';

/** How far back the gates look, milliseconds. */
export const HISTORY_MS = 4 * 3_600_000;

/** Remembered actions of one resource at most: above it those that did nothing are forgotten first. */
const PER_RESOURCE = 500;

/** The recent actions of every resource, for the gates. Rebuilt from ACTION_LOG at start. */
export class ActionHistory {
  private readonly byResource = new Map<string, Map<string, ActionTrace>>();
  private readonly resources = new Map<string, string>();

  record(resource: string, trace: ActionTrace): void {
    const traces = this.byResource.get(resource) ?? new Map<string, ActionTrace>();
    traces.set(trace.actionId, trace);
    this.byResource.set(resource, traces);
    this.resources.set(trace.actionId, resource);
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

  /** Forgets what ended before `since`, Unix ms. */
  forgetBefore(since: number): void {
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
  }

  private forget(traces: Map<string, ActionTrace>, actionId: string | undefined): void {
    if (actionId === undefined) return;
    traces.delete(actionId);
    this.resources.delete(actionId);
  }
}

/** The oldest action that did nothing, else the oldest. */
function leastUseful(traces: ReadonlyMap<string, ActionTrace>): string | undefined {
  const idle = [...traces.values()].find((trace) => trace.actedAt === undefined);
  const [oldest] = traces.keys();
  return idle?.actionId ?? oldest;
}
