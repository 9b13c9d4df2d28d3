import type { ForeignChange, Operation } from '@vigil/contracts';
import { ACTIONS_OF, isOwn, type Doing } from './container/foreign-change.js';

/** Of one command there are fewer. */
const MAX_UNJUDGED = 64;
/** Events of a command may come this much later; so many commands are remembered for that. */
const MAX_DOINGS = 8;

/** What the engine says that was done to a container, by whomever. */
export interface Deed {
  readonly change: ForeignChange;
  /** The engine's word for it. */
  readonly action: string;
  readonly container: string;
}

/** Tells what others do to the containers of a replica from what its commands do. */
export class ForeignChanges {
  private readonly doings: Doing[] = [];
  private readonly unjudged: Deed[] = [];

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
    for (const { change, action, container } of this.unjudged.splice(0)) {
      if (!isOwn({ at: change.at, action, container }, this.doings)) this.onForeign(change);
    }
  }
}
