import fc from 'fast-check';
import { fencingToken } from './fencing-token.js';

const NOW = Date.UTC(2026, 10, 21);

describe('a fencing token', () => {
  it('grows with the revision of the lock', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 31 }),
        fc.integer({ min: 1, max: 1_000 }),
        (revision, more) => {
          expect(fencingToken(NOW, revision + more)).toBeGreaterThan(fencingToken(NOW, revision));
        },
      ),
    );
  });

  it('is higher after NATS has lost its data than any before', () => {
    // 1,000 writes a second, for as long as the first bucket lived
    const lifetime = fc.integer({ min: 1, max: 20 * 365 * 86_400 });
    fc.assert(
      fc.property(lifetime, (seconds) => {
        const before = fencingToken(NOW, seconds * 1_000);
        expect(fencingToken(NOW + seconds * 1_000, 1)).toBeGreaterThan(before);
      }),
    );
  });

  it('is higher than what agents remember of the form that had the second twice', () => {
    const bucket = fc.integer({ min: NOW, max: Date.UTC(2028, 0) });
    const revisions = fc.nat({ max: 2 ** 40 });
    fc.assert(
      fc.property(bucket, revisions, (createdAt, revision) => {
        const second = Math.floor(createdAt / 1000);
        const before = second * 2 ** 21 + (createdAt - Date.UTC(2026, 0)) * 4096 + revision;
        expect(fencingToken(createdAt, revision)).toBeGreaterThan(before);
      }),
    );
  });

  it('is an exact number for decades', () => {
    expect(Number.isSafeInteger(fencingToken(Date.UTC(2095, 0), 2 ** 31))).toBe(true);
  });
});
