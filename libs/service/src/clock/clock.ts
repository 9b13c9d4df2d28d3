/** Wall-clock time as an injectable dependency. */
export abstract class Clock {
  /** Unix time in milliseconds. */
  abstract now(): number;
}

export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }
}

/** A clock that moves only when it is told to. */
export class ManualClock extends Clock {
  constructor(private current: number) {
    super();
  }

  now(): number {
    return this.current;
  }

  advance(milliseconds: number): void {
    this.current += milliseconds;
  }

  set(unixMs: number): void {
    this.current = unixMs;
  }
}
