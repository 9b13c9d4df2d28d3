import type { Sample } from '@vigil/contracts';
import fc from 'fast-check';
import { split } from './publish-samples.js';

const MESSAGE_LIMIT = 1024 * 1024;

const arbitrarySample: fc.Arbitrary<Sample> = fc.record({
  name: fc.constant('metric_name'),
  labels: fc.dictionary(
    fc.constantFrom('a', 'label', 'another_label'),
    fc.oneof(fc.string({ unit: 'binary', maxLength: 1024 }), fc.constant('"'.repeat(1024))),
  ),
  value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  timestamp: fc.integer({ min: 0, max: 9e12 }),
});

describe('split', () => {
  it('keeps every sample in its order, in messages that NATS takes', () => {
    fc.assert(
      fc.property(fc.array(arbitrarySample, { maxLength: 50 }), (few) => {
        const samples = Array.from({ length: 40 }, () => few).flat();
        const parts = split(samples);
        expect(parts.flat()).toEqual(samples);
        for (const part of parts) {
          const bytes = Buffer.byteLength(
            JSON.stringify({ source: 's'.repeat(253), samples: part }),
          );
          expect(bytes).toBeLessThan(MESSAGE_LIMIT);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('makes nothing of nothing', () => {
    expect(split([])).toEqual([]);
  });
});
