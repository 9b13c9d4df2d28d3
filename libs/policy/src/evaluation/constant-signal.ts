import type { Labels } from '../labels.js';
import { constantTimeline, type Timeline } from '../timeline.js';
import type { Trit } from '../truth.js';
import type { Evidence, Signal } from './signal.js';

/** What is said where there is no series to say it. */
export class ConstantSignal implements Signal {
  readonly value = undefined;
  readonly since = undefined;
  readonly intervalMs = 0;

  constructor(
    readonly labels: Labels,
    readonly truth: Trit,
    private readonly now: number,
    private readonly text: string,
  ) {}

  get body(): Trit {
    return this.truth;
  }

  evidence(): readonly Evidence[] {
    return [];
  }

  reason(): string {
    return this.text;
  }

  history(from: number): Timeline {
    return constantTimeline(from, this.now, this.truth);
  }
}
