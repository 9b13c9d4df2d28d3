import fc from 'fast-check';
import { storable } from './storable.js';

describe('what is stored', () => {
  it('has no character that PostgreSQL refuses, at any depth', () => {
    const row = { a: 'x\0y', b: [{ c: '\uD800' }, 'fine', 1, null], d: { e: '🙂' } };
    expect(storable(row)).toEqual({
      a: 'x\uFFFDy',
      b: [{ c: '\uFFFD' }, 'fine', 1, null],
      d: { e: '🙂' },
    });
    expect(row.a).toBe('x\0y');
  });

  it('is the same when there is nothing to replace', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
    const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), value), (row) => {
        expect(storable(row)).toEqual(row);
      }),
    );
  });
});
