/**
 * The times of what was seen and of what was done on this host, so that the two can be put in order
 * by their numbers alone: what was seen at or after the time of a change shows the change, also when
 * both fall into one millisecond or the system's clock is set back.
 */
export class ObservationClock {
  private lastLook = 0;
  private lastChange = 0;

  constructor(private readonly now: () => number = Date.now) {}

  /** The time of a look at the host, Unix ms. */
  look(): number {
    this.lastLook = Math.max(this.now(), this.lastLook, this.lastChange);
    return this.lastLook;
  }

  /** The time of a change that the next look shows and none before did, Unix ms. */
  change(): number {
    this.lastChange = Math.max(this.now(), this.lastChange, this.lastLook + 1);
    return this.lastChange;
  }
}
