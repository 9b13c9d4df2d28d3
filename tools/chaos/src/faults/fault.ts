/**
 * How long a fault waits for something that it can hit, milliseconds. While others overlap nothing may be
 * whole for long enough to be repaired; that it is in the end is what is looked at then.
 */
export const PATIENCE_MS = 240_000;

/** Something bad that can happen, and that Vigil promises to survive. */
export interface Fault {
  /** For the report: `kill evaluator`. */
  readonly name: string;
  /** What it hits: faults of the same target wait for each other. */
  readonly target: string;
  /**
   * Makes it happen, undoes it after `holdMs` where it lasts, and resolves when what was hit is back.
   * @throws Error when it does not come back
   */
  inflict(holdMs: number): Promise<void>;
}
