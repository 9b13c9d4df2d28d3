import { Injectable } from '@nestjs/common';
import { ActionLogged, isFinalActionState, type ActionLogEntry } from '@vigil/contracts';
import { Subscriptions } from '@vigil/messaging';
import { Clock, dispositionOf, Log } from '@vigil/service';
import { replayLog } from '../action/action-view.js';
import { ActionRegistry } from '../log/action-registry.js';
import type { LoggedAction } from '../log/entry-content.js';
import { whenAborted } from './when-aborted.js';

/** Finds actions that have not ended, also those whose logs began before what is kept in memory. */
@Injectable()
export class UnfinishedActions {
  /** Resolves when every action of any age is known that has not ended. */
  readonly allKnown: Promise<void>;
  private areForgottenLoaded = false;
  private tellAllKnown: () => void = () => {};

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly registry: ActionRegistry,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.allKnown = new Promise((resolve) => {
      this.tellAllKnown = resolve;
    });
  }

  get areAllKnown(): boolean {
    return this.areForgottenLoaded;
  }

  /** False for an action that has ended, or of which there is no log that could be read. */
  isKnown(actionId: string): boolean {
    return this.registry.get(actionId) !== undefined;
  }

  /** Those that somebody should drive and whose logs nobody has written to for so long, milliseconds. */
  idleFor(idleMs: number): readonly string[] {
    const since = this.clock.now() - idleMs;
    return this.registry
      .all()
      .filter(({ view }) => view.state !== 'pending_approval' && view.updatedAt <= since)
      .map(({ view }) => view.request.actionId);
  }

  /** Reads in full what was only seen in part, at first also of any age; forgets what is too old. */
  async refresh(signal: AbortSignal): Promise<void> {
    this.registry.forgetOld(this.clock.now());
    await this.load(this.registry.incomplete(), signal);
    if (this.areForgottenLoaded || !(await this.loadForgotten(signal))) return;
    this.areForgottenLoaded = true;
    this.tellAllKnown();
  }

  /** Loads actions that have not ended, however old: perhaps no remediator ran for days. */
  private async loadForgotten(signal: AbortSignal): Promise<boolean> {
    const open = new Set<string>();
    const listener = (entry: ActionLogEntry) => {
      const ended = entry.kind === 'transition' && isFinalActionState(entry.to);
      if (!ended && this.registry.get(entry.actionId) === undefined) open.add(entry.actionId);
    };
    const whole = await this.read({ deliver: 'last-per-subject' }, listener, signal);
    if (whole) await this.load(open, signal);
    return whole && !signal.aborted;
  }

  private async load(actionIds: Iterable<string>, signal: AbortSignal): Promise<void> {
    for (const actionId of actionIds) {
      const action = await this.find(actionId, signal).catch((error: unknown) => {
        if (dispositionOf(error) === 'retry') throw error;
        // one log that cannot be understood keeps no other action from being finished
        this.log.error('the log of an action cannot be read', error, { actionId });
        return undefined;
      });
      if (signal.aborted) return;
      if (action === undefined) this.registry.giveUp(actionId);
      else this.registry.record(action);
    }
  }

  /** The whole log of one action. */
  private async find(actionId: string, signal: AbortSignal): Promise<LoggedAction | undefined> {
    const entries: ActionLogEntry[] = [];
    let streamSequence = 0;
    const listener = (entry: ActionLogEntry, sequence: number) => {
      entries.push(entry);
      streamSequence = sequence;
    };
    const whole = await this.read({ deliver: 'all', filterParams: { actionId } }, listener, signal);
    const view = whole ? replayLog(entries) : undefined;
    return view === undefined ? undefined : { view, streamSequence };
  }

  /** True when everything that there is has been read; false when the signal ended it. */
  private async read(
    options: Parameters<Subscriptions['subscribeOrdered']>[1],
    listener: (entry: ActionLogEntry, sequence: number) => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    const reader = this.subscriptions.subscribeOrdered(
      ActionLogged,
      options,
      (entry, { sequence }) => {
        listener(entry, sequence);
      },
    );
    await Promise.race([reader.caughtUp, whenAborted(signal)]);
    await reader.stop();
    return !signal.aborted;
  }
}
