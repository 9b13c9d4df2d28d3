import { fullJitter, pause, type Clock } from '@vigil/service';
import type { IncomingSample } from '@vigil/policy';
import type { StoredSamples } from './stored-samples.js';

/** A stretch of time of which samples are in the store alone. Unix ms; `to` is exclusive. */
export interface SampleGap {
  readonly from: number;
  readonly to: number;
  /** Undefined: all. */
  readonly sources: ReadonlySet<string> | undefined;
}

/** More gaps than these are read as one that covers them all. */
const MAX_GAPS = 16;
const RETRY = { initialMs: 1_000, capMs: 60_000 };

export interface FillGapsParts {
  readonly stored: Pick<StoredSamples, 'read'>;
  readonly clock: Clock;
  /** What policies read, and how far back. */
  readonly needs: () => { readonly metrics: readonly string[]; readonly longestMs: number };
  readonly take: (source: string, sample: IncomingSample) => void;
  /** Something was read. */
  readonly onFilled: () => void;
}

/**
 * Reads from the store what never came on the stream: one gap after the other, again and again while
 * PostgreSQL is away, until no window reaches back so far.
 */
export class FillGaps {
  private gaps: SampleGap[] = [];
  private reading: Promise<void> | undefined;
  private readonly stopping = new AbortController();

  constructor(private readonly parts: FillGapsParts) {}

  add(gap: SampleGap): void {
    this.gaps.push(gap);
    if (this.gaps.length > MAX_GAPS) this.gaps = [this.gaps.reduce(covering)];
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.reading;
  }

  private async read(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      const gap = this.gaps.shift();
      if (gap === undefined) return;
      if (await this.fill(gap)) {
        failures = 0;
        continue;
      }
      this.gaps.unshift(gap);
      failures += 1;
      await pause(fullJitter(failures, RETRY), signal);
    }
  }

  private async fill({ from, to, sources }: SampleGap): Promise<boolean> {
    const { stored, clock, needs, take, onFilled } = this.parts;
    const { metrics, longestMs } = needs();
    const oldest = Math.max(from, clock.now() - longestMs);
    if (metrics.length === 0 || oldest >= to) return true;
    const range = { metrics, from: oldest, to };
    const named = sources === undefined ? {} : { sources: [...sources] };
    const isWhole = await stored.read({ ...range, ...named }, take);
    onFilled();
    return isWhole;
  }
}

function covering(a: SampleGap, b: SampleGap): SampleGap {
  return {
    from: Math.min(a.from, b.from),
    to: Math.max(a.to, b.to),
    sources:
      a.sources === undefined || b.sources === undefined
        ? undefined
        : new Set([...a.sources, ...b.sources]),
  };
}
