import { ManualClock } from '@vigil/service';
import { StreamClock } from './stream-clock.js';

/** Nothing may rest on the server's clock and ours showing the same. */
const SERVER = Date.UTC(2020, 0, 1);

/** What arrives at `now` of our clock, `delay` after the server has stamped it. */
const arrives = (now: number, delay = 0) => ({ timestamp: SERVER + now - delay, ageMs: 0 });

describe('the age of what a stream has stamped', () => {
  it('is told by the own clock before anything was heard', () => {
    expect(new StreamClock(new ManualClock(SERVER + 7)).ageOf(SERVER)).toBe(7);
  });

  it('is what the clocks of both ends say together', () => {
    const clock = new StreamClock(new ManualClock(SERVER + 7));
    clock.heard(arrives(100), 100);
    expect(clock.ageOf(SERVER + 40, 100)).toBe(60);
    expect(clock.ageOf(SERVER + 40, 5_100)).toBe(5_060);
  });

  it('counts what a message had lain in the stream', () => {
    const clock = new StreamClock(new ManualClock(SERVER + 7));
    clock.heard({ timestamp: SERVER - 60_000, ageMs: 60_000 }, 0);
    expect(clock.ageOf(SERVER - 60_000, 0)).toBe(60_000);
    expect(clock.ageOf(SERVER, 0)).toBe(0);
  });

  it('rests on the message that came fastest', () => {
    const clock = new StreamClock(new ManualClock(SERVER + 7));
    clock.heard(arrives(100, 900), 100);
    clock.heard(arrives(200, 1), 200);
    clock.heard(arrives(300, 5_000), 300);
    expect(clock.ageOf(SERVER, 300)).toBe(299);
  });

  it('is never negative', () => {
    const clock = new StreamClock(new ManualClock(SERVER + 7));
    clock.heard(arrives(0, 50), 0);
    expect(clock.ageOf(SERVER, 0)).toBe(0);
  });

  it('believes a server whose clock was set back, after two windows', () => {
    const clock = new StreamClock(new ManualClock(SERVER + 7));
    clock.heard(arrives(0), 0);
    for (const now of [61_000, 122_000]) clock.heard(arrives(now, 3_600_000), now);
    expect(clock.ageOf(SERVER + 122_000 - 3_600_000, 122_000)).toBe(0);
  });

  it('stays what it was while nothing is heard', () => {
    const clock = new StreamClock(new ManualClock(SERVER + 7));
    clock.heard(arrives(0), 0);
    expect(clock.ageOf(SERVER, 3_600_000)).toBe(3_600_000);
  });
});
