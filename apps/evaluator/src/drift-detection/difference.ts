import type { DriftRecord } from '@vigil/contracts';

/** One difference between desired and observed state, as the diff engine finds it. */
export interface Difference {
  /** The same for the same difference, whatever its sides are now. */
  readonly id: string;
  /** Names the fault behind it: deterministic, and another one when the fault happens again. */
  readonly causeKey: string;
  readonly type: DriftRecord['type'];
  readonly class: DriftRecord['class'];
  readonly path: string;
  readonly desired: DriftRecord['desired'];
  readonly observed: DriftRecord['observed'];
  readonly severity: DriftRecord['severity'];
  readonly score: number;
  readonly host?: string;
  readonly replica?: number;
}
