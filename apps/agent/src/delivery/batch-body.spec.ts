import type { CheckAttempt, IngestSample } from '@vigil/contracts';
import { IngestBatch } from '@vigil/contracts';
import fc from 'fast-check';
import { gunzipSync } from 'node:zlib';
import { WEB } from '../testing/documents.js';
import { cutIntoBatches, encodeBatch, halve, isCompressed } from './batch-body.js';

const sample = (value: number): IngestSample => ({ name: 'load1', value, timestamp: 1 });
const check = (at: number): CheckAttempt => ({
  resource: WEB,
  replica: 0,
  at,
  success: true,
  durationMs: 1,
  starting: false,
});

function decode(body: Buffer): IngestBatch {
  return IngestBatch.parse(JSON.parse((isCompressed(body) ? gunzipSync(body) : body).toString()));
}

function bodyOf(samples: number, checks: number): Buffer {
  return encodeBatch({
    source: 'web-1',
    batchId: 'id',
    metrics: Array.from({ length: samples }, (_unused, index) => sample(index)),
    checks: Array.from({ length: checks }, (_unused, index) => check(index)),
  });
}

describe('encodeBatch', () => {
  it('compresses what is worth it', () => {
    expect(isCompressed(bodyOf(1, 0))).toBe(false);
    expect(isCompressed(bodyOf(1_000, 0))).toBe(true);
    expect(decode(bodyOf(1_000, 0)).metrics).toHaveLength(1_000);
  });

  it('says nothing of checks when there are none', () => {
    expect(decode(bodyOf(1, 0))).not.toHaveProperty('checks');
  });
});

describe('cutIntoBatches', () => {
  it.each([
    [0, 0, 0],
    [1, 0, 1],
    [0, 1, 1],
    [10_000, 5_000, 1],
    [10_001, 0, 2],
    [1, 5_001, 2],
  ])('of %d samples and %d checks: %d', (samples, checks, count) => {
    let id = 0;
    const batches = cutIntoBatches(
      'web-1',
      Array.from({ length: samples }, (_unused, index) => sample(index)),
      Array.from({ length: checks }, (_unused, index) => check(index)),
      () => `id-${(id += 1)}`,
    );
    expect(batches).toHaveLength(count);
    expect(batches.flatMap(({ metrics }) => metrics)).toHaveLength(samples);
    expect(batches.flatMap((batch) => batch.checks)).toHaveLength(checks);
    expect(new Set(batches.map(({ batchId }) => batchId)).size).toBe(count);
  });
});

describe('halve', () => {
  it('loses nothing, doubles nothing, and gets smaller at every step', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), (samples, checks) => {
        const halves = halve(bodyOf(samples, checks));
        if (samples + checks < 2) {
          expect(halves).toBeUndefined();
          return;
        }
        const parts = (halves ?? []).map(decode);
        expect(parts.map(({ batchId }) => batchId)).toEqual(['id.a', 'id.b']);
        expect(parts.flatMap(({ metrics }) => metrics)).toEqual(
          decode(bodyOf(samples, checks)).metrics,
        );
        expect(parts.flatMap((part) => part.checks ?? [])).toHaveLength(checks);
        for (const part of parts) {
          const size = part.metrics.length + (part.checks?.length ?? 0);
          expect(size).toBeGreaterThan(0);
          expect(size).toBeLessThan(samples + checks);
        }
      }),
    );
  });
});
