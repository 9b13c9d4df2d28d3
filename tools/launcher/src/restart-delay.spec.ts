import { RestartDelay } from './restart-delay.js';

describe('the delay before a restart', () => {
  it('doubles from one second to half a minute', () => {
    const delay = new RestartDelay();
    const delays = Array.from({ length: 7 }, () => delay.next(100));
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it('begins anew after a minute of life', () => {
    const delay = new RestartDelay();
    delay.next(0);
    expect(delay.next(59_999)).toBe(2_000);
    expect(delay.next(60_000)).toBe(1_000);
    expect(delay.next(0)).toBe(2_000);
  });

  it('stays at its cap however often it ends', () => {
    const delay = new RestartDelay();
    for (let ends = 0; ends < 2_000; ends += 1) delay.next(0);
    expect(delay.next(0)).toBe(30_000);
  });
});
