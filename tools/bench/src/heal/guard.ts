import type { Trace } from './trace.js';

/** Something that keeps the service running, under measurement. */
export interface Guard {
  readonly name: string;
  /** What was set, for the reader of the result. */
  readonly settings: string;
  readonly port: number;
  /** Pause before each fault, so that no repair counts as a recurrence of the last, milliseconds. */
  readonly settleMs: number;
  /** A fault may come at any moment of the guard's cycle: a random part of this is added, milliseconds. */
  readonly phaseMs: number;
  /** False: it is known to never notice a hang; nothing is measured then. */
  readonly noticesHangs: boolean;
  /** Milliseconds from the fault to each step of its repair, where the guard can tell. */
  trace?(pid: number, faultAt: number): Promise<Trace>;
  stop(): Promise<void>;
}
