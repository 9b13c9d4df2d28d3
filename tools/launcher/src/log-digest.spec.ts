import { errorIn, LogDigest } from './log-digest.js';

describe('errorIn', () => {
  it.each([
    ['{"level":"error","message":"cannot publish"}', 'cannot publish'],
    ['{"level":"error","message":"x","error":{"message":"why"}}', 'x: why'],
    ['{"level":"error","error":{"message":"why"}}', 'why'],
    ['{"level":"error","message":"failed: why","error":{"message":"why"}}', 'failed: why'],
    ['{"level":"info","message":"listening"}', undefined],
    ['{"level":"error"', undefined],
    ['[7] 2026/11/21 08:00:00.000000 [ERR] no space', 'no space'],
    ['[7] 2026/11/21 08:00:00.000000 [INF] ready', undefined],
    ['2026-11-21 08:00:00 UTC [9] FATAL:  out of memory', 'out of memory'],
    ['2026-11-21 08:00:00 UTC [9] ERROR:  duplicate key', undefined],
    ['2026-11-21 08:00:00 UTC [9] FATAL:  the database system is starting up', undefined],
    ['plain text', undefined],
  ])('%s', (line, error) => {
    expect(errorIn(line)).toBe(error);
  });
});

describe('LogDigest', () => {
  const line = (text: string): string => JSON.stringify({ level: 'error', message: text });

  it('says the same only once a minute', () => {
    const digest = new LogDigest();
    expect(digest.digest([line('a'), line('a')], 0)).toEqual(['a']);
    expect(digest.digest([line('a')], 59_000)).toEqual([]);
    expect(digest.digest([line('a')], 60_000)).toEqual(['a']);
  });

  it('counts what is too much for the console', () => {
    const digest = new LogDigest();
    const lines = Array.from({ length: 12 }, (_unused, index) => line(`error ${index}`));
    expect(digest.digest(lines, 0)).toHaveLength(5);
    expect(digest.digest([], 60_000)).toEqual(['7 more errors in its log']);
  });
});
