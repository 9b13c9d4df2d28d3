import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeToken, encodeToken, subjectFilter, subjectOf } from './contract.js';
import { metricPartition, METRIC_PARTITIONS } from './metrics-ingested.js';
import { StateObserved, isNewerSnapshot } from './state-observed.js';

describe('subjects', () => {
  it('encodes host names so that dots do not become tokens', () => {
    expect(subjectOf(StateObserved, { host: 'web-1.example.org' })).toBe(
      'vigil.state.observed.web-1=2Eexample=2Eorg',
    );
    expect(subjectFilter(StateObserved)).toBe('vigil.state.observed.*');
  });

  it('round-trips any text through one token', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const token = encodeToken(text);
        expect(token).toMatch(/^[A-Za-z0-9_=-]+$/);
        expect(decodeToken(token)).toBe(text);
      }),
    );
  });

  it.each(['=2', '=zz', 'a.b', '=C3', 'é'])('refuses the token %j that it never makes', (token) => {
    expect(decodeToken(token)).toBeUndefined();
  });
});

describe('metricPartition', () => {
  it('is stable and in range', () => {
    // FNV-1a test vector: "a" is 0xe40c292c.
    expect(metricPartition('a')).toBe(0xe40c292c % METRIC_PARTITIONS);
    fc.assert(
      fc.property(fc.string(), (source) => {
        const partition = metricPartition(source);
        expect(partition).toBeGreaterThanOrEqual(0);
        expect(partition).toBeLessThan(METRIC_PARTITIONS);
      }),
    );
  });
});

describe('isNewerSnapshot', () => {
  const at = (epoch: number, counter: number) => ({ epoch, counter });
  it.each([
    { next: at(1, 1), current: undefined, newer: true },
    { next: at(1, 2), current: at(1, 1), newer: true },
    { next: at(1, 1), current: at(1, 1), newer: false },
    { next: at(1, 1), current: at(1, 2), newer: false },
    { next: at(2, 0), current: at(1, 9), newer: true },
    { next: at(1, 10), current: at(2, 0), newer: false },
  ])('$next after $current: $newer', ({ next, current, newer }) => {
    expect(isNewerSnapshot(next, current)).toBe(newer);
  });
});
