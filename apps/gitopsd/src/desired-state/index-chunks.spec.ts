import type { RevisionEntry } from '@vigil/contracts';
import { resourceId } from '@vigil/manifests';
import fc from 'fast-check';
import { chunkEntries } from './index-chunks.js';

const entry = fc.record({
  resource: fc
    .stringMatching(/^[a-z]{1,40}$/)
    .map((name) => resourceId({ namespace: 'default', kind: 'Service', name })),
  digest: fc.constant('0'.repeat(64)),
  file: fc.string({ maxLength: 60 }),
  line: fc.nat(),
});

describe('chunkEntries', () => {
  it('keeps every entry in its place, within the limit', () => {
    fc.assert(
      fc.property(fc.array(entry), fc.integer({ min: 400, max: 4_000 }), (entries, limit) => {
        const chunks = chunkEntries(entries, limit);
        expect(chunks.flat()).toEqual(entries);
        for (const chunk of chunks.filter(({ length }) => length > 1)) {
          expect(Buffer.byteLength(JSON.stringify(chunk))).toBeLessThanOrEqual(limit + 2);
        }
      }),
    );
  });

  it('has no chunk for nothing', () => {
    const none: RevisionEntry[] = [];
    expect(chunkEntries(none)).toEqual([]);
  });
});
