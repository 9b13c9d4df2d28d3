import type { EarlierManifests } from '@vigil/contracts';
import { MANIFEST_LIMITS, type Service } from '@vigil/manifests';
import { digestOf, service } from '../testing/fixtures.js';
import { earlierManifests, manifestsOf } from './earlier-manifests.js';

/** A manifest of so many characters. */
function ofLength(name: string, length: number): Service {
  const without = JSON.stringify(service(name, { env: { LONG: '' } })).length;
  return service(name, { env: { LONG: 'x'.repeat(length - without) } });
}

function earlierOf(manifests: readonly Service[], wanted?: Service): EarlierManifests {
  const known = new Map(manifests.map((manifest) => [digestOf(manifest), manifest]));
  return earlierManifests([...known.keys(), undefined], wanted && digestOf(wanted), (digest) =>
    known.get(digest),
  );
}

describe('what replicas run by', () => {
  it('is told but for what is wanted, and what nobody knows', () => {
    const [old, now] = [service('old'), service('now')];
    expect(earlierOf([old, now], now)).toEqual([{ digest: digestOf(old), service: old }]);
    expect(earlierManifests([digestOf(old)], undefined, () => undefined)).toEqual([]);
  });

  it('is known also by what is held, when nobody has shown that for a while', () => {
    const old = service('old');
    const hold = {
      failedDigest: digestOf('failed'),
      heldDigest: digestOf(old),
      service: old,
      actionId: 'a',
      released: false,
    };
    const manifestOf = manifestsOf({ manifest: () => undefined }, { hold });
    expect(manifestOf(digestOf(old))).toEqual(old);
    expect(manifestOf(digestOf('failed'))).toBeUndefined();
  });

  it('is told of at most eight manifests', () => {
    expect(earlierOf(Array.from({ length: 12 }, (_, n) => service(`web-${n}`)))).toHaveLength(8);
  });

  it('fits into one message beside manifests of any length, as far as it is told', () => {
    const { canonicalLength } = MANIFEST_LIMITS;
    const longest = ofLength('longest', canonicalLength);
    expect(earlierOf([longest])).toEqual([{ digest: digestOf(longest), service: longest }]);
    const lengths = [0.9, 0.6, 0.3, 0.2, 0.1].map((share) => Math.floor(share * canonicalLength));
    for (const all of [lengths, lengths.toReversed(), [1, 1, 1].map(() => canonicalLength)]) {
      const earlier = earlierOf(all.map((length, n) => ofLength(`web-${n}`, length)));
      const told = earlier.map(({ service: each }) => JSON.stringify(each).length);
      expect(told.length).toBeGreaterThan(0);
      expect(told.reduce((sum, length) => sum + length)).toBeLessThanOrEqual(canonicalLength);
    }
    const foreign = service('web', { env: { LONG: '界'.repeat(canonicalLength / 2) } });
    expect(earlierOf([foreign])).toEqual([]);
  });
});
