import { ManualClock } from '@vigil/service';
import { eventually } from '@vigil/testkit';
import { T0 } from '../testing/fixtures.js';
import { FillGaps } from './fill-gaps.js';
import type { StoredRange } from './stored-samples.js';

const MINUTE = 60_000;

class Store {
  readonly ranges: StoredRange[] = [];
  isUp = true;
  private letGo: () => void = () => {};
  private held: Promise<void> = Promise.resolve();

  hold(): void {
    this.held = new Promise((resolve) => {
      this.letGo = resolve;
    });
  }

  release(): void {
    this.letGo();
  }

  async read(range: StoredRange): Promise<boolean> {
    this.ranges.push(range);
    await this.held;
    return this.isUp;
  }
}

function fillGaps(store: Store, metrics: readonly string[] = ['cpu_usage']) {
  let filled = 0;
  const gaps = new FillGaps({
    stored: store,
    clock: new ManualClock(T0),
    needs: () => ({ metrics, longestMs: 5 * MINUTE }),
    take: () => {},
    onFilled: () => {
      filled += 1;
    },
  });
  return { gaps, filled: () => filled };
}

const gap = (from: number, to: number, ...sources: string[]) => ({
  from,
  to,
  sources: sources.length === 0 ? undefined : new Set(sources),
});

describe('filling gaps', () => {
  it('reads what was missed, and no further back than a window reaches', async () => {
    const store = new Store();
    const { gaps, filled } = fillGaps(store);
    gaps.add(gap(T0 - 60 * MINUTE, T0 - MINUTE, 'web-1'));
    await eventually(() => filled() === 1);
    expect(store.ranges).toEqual([
      { metrics: ['cpu_usage'], from: T0 - 5 * MINUTE, to: T0 - MINUTE, sources: ['web-1'] },
    ]);
    await gaps.stop();
  });

  it('reads nothing that nobody needs', async () => {
    const store = new Store();
    const old = fillGaps(store);
    old.gaps.add(gap(T0 - 60 * MINUTE, T0 - 10 * MINUTE));
    const unneeded = fillGaps(store, []);
    unneeded.gaps.add(gap(T0 - MINUTE, T0));
    await Promise.all([old.gaps.stop(), unneeded.gaps.stop()]);
    expect(store.ranges).toEqual([]);
  });

  it('tries again while the store is away', async () => {
    const store = new Store();
    store.isUp = false;
    const { gaps } = fillGaps(store);
    gaps.add(gap(T0 - MINUTE, T0));
    await eventually(() => store.ranges.length === 1);
    store.isUp = true;
    await eventually(() => store.ranges.length === 2);
    expect(store.ranges[1]).toEqual(store.ranges[0]);
    await gaps.stop();
  });

  it('reads many gaps as one that covers them all', async () => {
    const store = new Store();
    store.hold();
    const { gaps } = fillGaps(store);
    gaps.add(gap(T0 - 5 * MINUTE, T0 - 4 * MINUTE, 'a'));
    await eventually(() => store.ranges.length === 1);
    for (let n = 0; n < 40; n += 1)
      gaps.add(gap(T0 - 3 * MINUTE + n, T0 - 2 * MINUTE + n, `s${n}`));
    store.release();
    await eventually(() => store.ranges.at(-1)?.to === T0 - 2 * MINUTE + 39);
    await gaps.stop();
    expect(store.ranges.length).toBeLessThan(20);
    const read = new Set(store.ranges.flatMap(({ sources = [] }) => sources));
    for (let n = 0; n < 40; n += 1) expect(read).toContain(`s${n}`);
  });
});
