import { errorIn, LogDigest } from './log-digest.js';

describe('errorIn', () => {
  it.each([
    ['{"level":50,"msg":"cannot publish"}', 'cannot publish'],
    ['{"level":60,"msg":"x","err":{"message":"why"}}', 'x: why'],
    ['{"level":50,"err":{"message":"why"}}', 'why'],
    ['{"level":50,"msg":"failed: why","err":{"message":"why"}}', 'failed: why'],
    ['{"level":30,"msg":"listening"}', undefined],
    ['{"level":50', undefined],
    ['[7] 2026/11/21 08:00:00.000000 [ERR] no space', 'no space'],
    ['[7] 2026/11/21 08:00:00.000000 [INF] ready', undefined],
    ['2026-11-21 08:00:00 UTC [9] FATAL:  out of memory', 'out of memory'],
    ['2026-11-21 08:00:00 UTC [9] ERROR:  duplicate key', undefined],
    ['plain text', undefined],
  ])('%s', (line, error) => {
    expect(errorIn(line)).toBe(error);
  });
});

describe('LogDigest', () => {
  const line = (text: string): string => JSON.stringify({ level: 50, msg: text });

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
