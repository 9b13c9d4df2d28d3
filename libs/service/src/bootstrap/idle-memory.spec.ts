import { IdleMemory } from './idle-memory.js';

const MIB = 1024 ** 2;

/** How often memory is given back in so many looks at a service in this state. */
function collections(looks: number, busyShare: number, nurseryBytes: number): number {
  let collected = 0;
  const memory = new IdleMemory({
    busyShare: () => busyShare,
    nurseryBytes: () => nurseryBytes,
    collect: () => {
      collected += 1;
    },
  });
  for (let look = 0; look < looks; look += 1) memory.look();
  return collected;
}

describe('the memory of an idle service', () => {
  it.each([
    ['is given back when it has grown', 0.02, 24 * MIB, 1],
    ['stays when it is small', 0.02, 2 * MIB, 0],
    ['stays while the service works', 0.4, 32 * MIB, 0],
  ])('%s', (_case, busyShare, nurseryBytes, expected) => {
    expect(collections(1, busyShare, nurseryBytes)).toBe(expected);
  });

  it('is given back once in five minutes at most', () => {
    expect(collections(20, 0.02, 24 * MIB)).toBe(1);
    expect(collections(21, 0.02, 24 * MIB)).toBe(2);
  });
});
