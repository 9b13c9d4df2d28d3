import fc from 'fast-check';
import { editDistance, nearestName } from './nearest-name.js';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', '', 3],
    ['port', 'prot', 1],
    ['kitten', 'sitting', 3],
  ])('%s and %s: %d', (left, right, distance) => {
    expect(editDistance(left, right)).toBe(distance);
  });

  it('is a distance: none to itself, the same both ways, at most the longer word', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (left, right) => {
        const distance = editDistance(left, right);
        expect(editDistance(right, left)).toBe(distance);
        expect(distance === 0).toBe(left === right);
        expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length));
      }),
    );
  });
});

describe('nearestName', () => {
  it.each([
    ['replcas', 'replicas'],
    ['imgae', 'image'],
    ['x', undefined],
    ['completely-different', undefined],
  ])('%s: %s', (name, expected) => {
    expect(nearestName(name, ['replicas', 'image', 'ports'])).toBe(expected);
  });
});
