import fc from 'fast-check';
import { placeOfJsonError } from './json-error.js';

describe('placeOfJsonError', () => {
  it.each([
    ['{"a": [}', 1, 8, '"}"'],
    ['{"a": 1,\n  "b": }', 2, 8, '"}"'],
    ['[1, 2', 1, 6, 'the end'],
    ['', 1, 1, 'the end'],
    ['{"a" 1}', 1, 6, '"1"'],
    ['{a: 1}', 1, 2, '"a"'],
    ['[1,]', 1, 4, '"]"'],
    ['[1]]', 1, 4, '"]"'],
    ['[1}', 1, 3, '"}"'],
    ['"unended', 1, 1, '"\\""'],
    ['[01]', 1, 3, '"1"'],
    ['nul', 1, 1, '"n"'],
  ])('finds it in %p', (text, line, column, found) => {
    expect(placeOfJsonError(text)).toEqual({ line, column, found });
  });

  it('reads every JSON text to its end', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(placeOfJsonError(text).found).toBe('the end');
      }),
    );
  });

  it('survives any text, also a deep one', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(placeOfJsonError(text).line).toBeGreaterThan(0);
      }),
    );
    expect(placeOfJsonError('['.repeat(100_000)).found).toBe('the end');
  });
});
