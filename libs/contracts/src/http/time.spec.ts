import { describe, expect, it } from '@jest/globals';
import { parseTimeExpression, parseTimestamp, resolveTime, TimeParam } from './time.js';

const NOW = Date.UTC(2026, 10, 21, 12);

describe('times as people write them', () => {
  it.each([
    ['now', NOW],
    ['-1h', NOW - 3_600_000],
    ['-1h30m', NOW - 5_400_000],
    ['-0', NOW],
    ['1763700000000', 1_763_700_000_000],
    ['2026-11-21T11:00:00Z', NOW - 3_600_000],
    ['2026-11-21T13:30:00.5+02:00', NOW - 1_799_500],
    ['2026-11-21 11:00:00z', NOW - 3_600_000],
  ])('reads %p', (text, expected) => {
    const time = parseTimeExpression(text);
    expect(time && resolveTime(time, NOW)).toBe(expected);
  });

  it.each([
    '',
    'yesterday',
    '1h',
    '+1h',
    '-1',
    '2026-11-21',
    '2026-13-01T00:00:00Z',
    '-1h-1m',
    '1e9',
  ])('refuses %p', (text) => {
    expect(TimeParam.safeParse(text).success).toBe(false);
  });
});

describe('timestamps of samples', () => {
  it.each([
    [0, 0],
    [1.6, 2],
    [-1, undefined],
    [Number.NaN, undefined],
    [9e15, undefined],
    ['1969-12-31T23:59:59Z', undefined],
    ['1763700000000', undefined],
  ])('reads %p', (value, expected) => {
    expect(parseTimestamp(value)).toBe(expected);
  });
});
