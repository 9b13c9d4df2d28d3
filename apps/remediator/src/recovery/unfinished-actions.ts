import { Injectable } from '@nestjs/common';
import { ActionLogged, isFinalActionState, type ActionLogEntry } from '@vigil/contracts';
import { Subscriptions } from '@vigil/messaging';
import { Clock } from '@vigil/service';
import { replayLog } from '../action/action-view.js';
import { ActionRegistry } from '../log/action-registry.js';
import type { LoggedAction } from '../log/entry-content.js';

/** Finds actions that have not ended, also those whose logs began before what is kept in memory. */
@Injectable()
export class UnfinishedActions {
  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly registry: ActionRegistry,
    private readonly clock: Clock,
  ) {}

  /** Those that somebody should drive and whose logs nobody has written to for so long, milliseconds. */
  idleFor(idleMs: number): readonly string[] {
    const since = this.clock.now() - idleMs;
    return this.registry
      .all()
      .filter(({ view }) => view.state !== 'pending_approval' && view.updatedAt <= since)
      .map(({ view }) => view.request.actionId);
  }

  /** Reads in full what was only seen in part, and forgets what is too old for the gates. */
  async refresh(): Promise<void> {
    this.registry.forgetOld(this.clock.now());
    await this.load(this.registry.incomplete());
  }

  /** Loads actions of any age that have not ended: perhaps no remediator ran for days. */
  async loadForgotten(): Promise<void> {
    const open = new Set<string>();
    await this.read({ deliver: 'last-per-subject' }, (entry) => {
      const ended = entry.kind === 'transition' && isFinalActionState(entry.to);
      if (!ended && this.registry.get(entry.actionId) === undefined) open.add(entry.actionId);
    });
    await this.load(open);
  }

  private async load(actionIds: Iterable<string>): Promise<void> {
    for (const actionId of actionIds) {
      const action = await this.find(actionId);
      if (action !== undefined) this.registry.record(action);
    }
  }

  /** The whole log of one action. */
  private async find(actionId: string): Promise<LoggedAction | undefined> {
    const entries: ActionLogEntry[] = [];
    let streamSequence = 0;
    await this.read({ deliver: 'all', filterParams: { actionId } }, (entry, sequence) => {
      entries.push(entry);
      streamSequence = sequence;
    });
    const view = replayLog(entries);
    return view === undefined ? undefined : { view, streamSequence };
  }

  private async read(
    options: Parameters<Subscriptions['subscribeOrdered']>[1],
    listener: (entry: ActionLogEntry, sequence: number) => void,
  ): Promise<void> {
    const reader = this.subscriptions.subscribeOrdered(
      ActionLogged,
      options,
      (entry, { sequence }) => {
        listener(entry, sequence);
      },
    );
    await reader.caughtUp;
    await reader.stop();
  }
}
