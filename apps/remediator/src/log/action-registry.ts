import type { ActionLogEntry } from '@vigil/contracts';
import { applyEntry, isFinished } from '../action/action-view.js';
import { ActionHistory } from '../history/action-history.js';
import { traceOf } from '../history/action-trace.js';
import type { LoggedAction } from './entry-content.js';

type Listener = (action: LoggedAction) => void;

/**
 * What this process knows of all actions: those that are not finished in full, the others as traces
 * for the gates. Fed by its own entries at once, and by everybody's as they arrive.
 */
export class ActionRegistry {
  readonly history = new ActionHistory();
  private readonly unfinished = new Map<string, LoggedAction>();
  /** Actions whose log began before it was read from. */
  private readonly partial = new Set<string>();
  /** Actions whose logs are not whole any more, or cannot be understood. */
  private readonly unreadable = new Set<string>();
  private readonly listeners = new Set<Listener>();

  /** Takes over the newer of what is known and what is told. */
  record(action: LoggedAction): void {
    const { request, sequence } = action.view;
    const { actionId, resource } = request;
    const known = this.unfinished.get(actionId);
    if (known !== undefined && known.view.sequence >= sequence) return;
    this.partial.delete(actionId);
    if (isFinished(action.view)) this.unfinished.delete(actionId);
    else this.unfinished.set(actionId, action);
    this.history.record(resource, traceOf(action.view));
    for (const listener of this.listeners) listener(action);
  }

  /** One entry of the stream, in the stream's order. */
  apply(entry: ActionLogEntry, streamSequence: number): void {
    const { actionId } = entry;
    const known = this.unfinished.get(actionId);
    if (known === undefined) {
      // finished already, by an entry of our own that the stream now shows us
      if (this.history.has(actionId)) return;
      if (entry.kind !== 'requested') {
        if (!this.unreadable.has(actionId)) this.partial.add(actionId);
        return;
      }
    } else if (entry.sequence <= known.view.sequence) return;
    this.record({ view: applyEntry(known?.view, entry), streamSequence });
  }

  get(actionId: string): LoggedAction | undefined {
    return this.unfinished.get(actionId);
  }

  /** True for an action of the last hours that has ended. */
  isFinished(actionId: string): boolean {
    return this.history.has(actionId) && !this.unfinished.has(actionId);
  }

  all(): readonly LoggedAction[] {
    return [...this.unfinished.values()];
  }

  /** Ids of actions of which only later entries were seen: their logs have to be read in full. */
  incomplete(): readonly string[] {
    return [...this.partial];
  }

  /** The log of an action cannot be read in full. */
  giveUp(actionId: string): void {
    this.partial.delete(actionId);
    this.unreadable.add(actionId);
  }

  /** Calls back after each new entry. Returns how to stop that. */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  forgetOld(now: number): void {
    this.history.forgetOld(now);
  }

  /** The stream was lost: nothing that was read from it counts any more. */
  clear(): void {
    this.unfinished.clear();
    this.partial.clear();
    this.unreadable.clear();
    this.history.clear();
  }
}
