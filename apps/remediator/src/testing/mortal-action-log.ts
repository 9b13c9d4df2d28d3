import type { ActionRequest } from '@vigil/contracts';
import { ActionLog } from '../log/action-log.js';
import { whenAborted } from '../recovery/when-aborted.js';
import type { EntryContent, LoggedAction } from '../log/entry-content.js';

/** Right before an entry is written, or right after it was acknowledged. */
export type Moment = 'before' | 'after';

export interface Death {
  /** Number of the entry. */
  readonly entry: number;
  readonly moment: Moment;
}

/**
 * The log of a process that dies at a chosen entry of each action: from there on nothing more
 * happens to the action, as if the process had been killed. What the process has sent is sent.
 */
export class MortalActionLog extends ActionLog {
  /** When each action's driver dies; one without stays alive. */
  deaths = new Map<string, Death>();
  readonly died = new Set<string>();
  private readonly burial = new AbortController();

  /** Ends the waiting of those who died, so that the process can be cleared away. */
  bury(): void {
    this.burial.abort();
  }

  override async open(request: ActionRequest, queuedAt: number): Promise<LoggedAction | undefined> {
    await this.dieIfDue(request.actionId, 0, 'before');
    const opened = await super.open(request, queuedAt);
    await this.dieIfDue(request.actionId, 0, 'after');
    return opened;
  }

  override async append(
    action: LoggedAction,
    content: EntryContent,
    actor: string,
    signal: AbortSignal,
  ): Promise<LoggedAction> {
    const { actionId } = action.view.request;
    const entry = action.view.sequence + 1;
    await this.dieIfDue(actionId, entry, 'before');
    const appended = await super.append(action, content, actor, signal);
    await this.dieIfDue(actionId, entry, 'after');
    return appended;
  }

  /** Never resolves; rejects when the process that only plays dead is cleared away. */
  private async dieIfDue(actionId: string, entry: number, moment: Moment): Promise<void> {
    const death = this.deaths.get(actionId);
    if (this.died.has(actionId) || (death?.entry === entry && death.moment === moment)) {
      this.died.add(actionId);
      await whenAborted(this.burial.signal);
      throw new Error('cleared away');
    }
  }
}
