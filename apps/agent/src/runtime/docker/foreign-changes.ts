import type { ForeignChange, Operation } from '@vigil/contracts';
import { ACTIONS_OF, isOwn, type Doing } from './container/foreign-change.js';
import type { EngineEvent } from './engine/engine-answers.js';

/** Of one command there are fewer. */
const MAX_UNJUDGED = 64;
/** Events of a command may come this much later; so many commands are remembered for that. */
const MAX_DOINGS = 8;
/** Events that are this much apart may be of one thing that somebody did. */
const SAME_DEED_MS = 1_000;
/** What is left of a command is done within this time, and the grace period that it waits for once more. */
const REST_MS = 30_000;

/** What the engine says that was done to a container, by whomever. */
export interface Deed {
  readonly change: ForeignChange;
  /** The engine's word for it, and when exactly. */
  readonly event: Pick<EngineEvent, 'action' | 'at'>;
  readonly container: string;
}

/** Tells what others do to the containers of a replica from what its commands do. */
export class ForeignChanges {
  private readonly doings: Doing[] = [];
  private readonly unjudged: Deed[] = [];
  private toldAt = 0;

  constructor(private readonly onForeign: (change: ForeignChange) => void) {}

  /** What happens until `end` may be done by a command. */
  begin(kind: Operation['kind'], from: number): Doing {
    const doing = { from, containers: new Set<string>(), actions: ACTIONS_OF[kind] };
    this.doings.push(doing);
    if (this.doings.length > MAX_DOINGS) this.doings.shift();
    return doing;
  }

  end(doing: Doing, until: number): void {
    doing.until = until;
    this.judge();
  }

  /**
   * The engine gave no answer: it may do the rest whenever it does anything again.
   * @param graceMs how long what it is to end may take for that
   */
  cutOff(doing: Doing, graceMs: number): void {
    doing.restMs = REST_MS + graceMs;
    this.end(doing, Number.POSITIVE_INFINITY);
  }

  /** The engine answers again: what of commands it has still to do is done soon. */
  resume(now: number): void {
    for (const doing of this.doings) {
      const { until, restMs = 0 } = doing;
      if (until === Number.POSITIVE_INFINITY) doing.until = now + restMs;
    }
  }

  take(deed: Deed): void {
    this.unjudged.push(deed);
    if (this.unjudged.length > MAX_UNJUDGED) this.unjudged.shift();
    this.judge();
  }

  /** True while a command is being carried out. */
  get isAtWork(): boolean {
    return this.doings.some(({ until }) => until === undefined);
  }

  /** Which containers a command has made is known when it has ended, and events may come before that. */
  private judge(): void {
    if (this.isAtWork) return;
    for (const { change, event, container } of this.unjudged.splice(0)) {
      const { action, at } = event;
      if (this.isBehind(at) || isOwn({ at: change.at, action, container }, this.doings)) continue;
      this.toldAt = at;
      this.onForeign(change);
    }
  }

  /** Found out late: it belongs to what was told since, as the start within a restart does. */
  private isBehind(at: number): boolean {
    return at < this.toldAt && this.toldAt - at < SAME_DEED_MS;
  }
}
