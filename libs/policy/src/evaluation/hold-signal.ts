import { formatDuration } from '../duration.js';
import { judgeHold, type HoldVerdict } from '../hold.js';
import type { Labels } from '../labels.js';
import { MAX_STALE_MS } from '../series-window.js';
import { constantTimeline, type Timeline } from '../timeline.js';
import { FALSE, TRUE, UNKNOWN, type Trit } from '../truth.js';
import type { Evaluable, Evidence, Scope, Signal } from './signal.js';

/** How far back `for` looks: its own length, as much again for frozen time, and one stale time. */
export function holdHistoryMs(durationMs: number): number {
  return 2 * durationMs + MAX_STALE_MS;
}

/** `body for duration`. */
export class HoldCondition implements Evaluable {
  private readonly length: Length;

  constructor(
    private readonly body: Evaluable,
    durationMs: number,
  ) {
    this.length = { ms: durationMs, text: formatDuration(durationMs) };
  }

  signals(scope: Scope): readonly Signal[] {
    return this.body.signals(scope).map((signal) => new HoldSignal(signal, this.length, scope.now));
  }

  whenEmpty(scope: Scope, labels: Labels): Trit {
    return this.body.whenEmpty(scope, labels);
  }
}

interface Length {
  readonly ms: number;
  readonly text: string;
}

class HoldSignal implements Signal {
  private readonly verdict: HoldVerdict | undefined;

  constructor(
    private readonly signal: Signal,
    private readonly length: Length,
    private readonly now: number,
  ) {
    // History matters only while the body is true, which in a healthy system it hardly ever is.
    if (signal.truth !== TRUE) return;
    const { intervalMs } = signal;
    const durationMs = length.ms;
    const shortMs = durationMs + 2 * intervalMs;
    const verdict = judgeHold(signal.history(now - shortMs), durationMs, intervalMs);
    // Only time that was frozen makes it necessary to look back further.
    this.verdict =
      verdict.isFinal || holdHistoryMs(durationMs) <= shortMs
        ? verdict
        : judgeHold(signal.history(now - holdHistoryMs(durationMs)), durationMs, intervalMs);
  }

  get key(): string | undefined {
    return this.signal.key;
  }

  get labels(): Labels {
    return this.signal.labels;
  }

  get truth(): Trit {
    return this.verdict?.truth ?? this.signal.truth;
  }

  get body(): Trit {
    return this.signal.body;
  }

  get value(): number | undefined {
    return this.signal.value;
  }

  get since(): number | undefined {
    return this.verdict?.since;
  }

  get intervalMs(): number {
    return this.signal.intervalMs;
  }

  evidence(): readonly Evidence[] {
    return this.signal.evidence();
  }

  reason(): string {
    if (this.verdict === undefined) return this.signal.reason();
    const wanted = this.length.text;
    if (this.truth === TRUE) return `${this.signal.reason()}, for at least ${wanted}`;
    const held = formatDuration(Math.floor(this.verdict.heldMs / 1000) * 1000);
    const text = `${this.signal.reason()}, for ${held} of ${wanted}`;
    if (this.truth === FALSE) return text;
    const covered = Math.floor(this.verdict.coverage * 100);
    return `${text}; data covers ${covered}% of the last ${wanted}, 80% are needed`;
  }

  /** Nothing may stand around `for` that asks for its history; the checker sees to that. */
  history(from: number): Timeline {
    return constantTimeline(from, this.now, UNKNOWN);
  }
}
