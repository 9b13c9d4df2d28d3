import fc from 'fast-check';
import { expandVariables, UnresolvedVariable } from './expand-variables.js';

const VARIABLES = { A: 'a', EMPTY: '' };

describe('expandVariables', () => {
  it.each([
    ['$A-${A}', 'a-a'],
    ['$$A $', '$A $'],
    ['${A:-d}${EMPTY:-d}${NONE:-d}', 'add'],
    ['${A-d}${EMPTY-d}${NONE-d}', 'ad'],
    ['${A:+r}${EMPTY:+r}${NONE:+r}', 'r'],
    ['${A+r}${EMPTY+r}${NONE+r}', 'rr'],
    ['${NONE:-x${A}}y', 'xay'],
    ['${A?must}', 'a'],
    ['$1', '$1'],
  ])('%s: %s', (text, expected) => {
    expect(expandVariables(text, VARIABLES, () => undefined)).toBe(expected);
  });

  it.each(['${NONE?is needed}', '${EMPTY:?is needed}', '${A', '${1}'])('refuses %s', (text) => {
    expect(() => expandVariables(text, VARIABLES, () => undefined)).toThrow(UnresolvedVariable);
  });

  it('tells of what has no value', () => {
    const missing: string[] = [];
    expect(expandVariables('$NONE', VARIABLES, (name) => missing.push(name))).toBe('');
    expect(missing).toEqual(['NONE']);
  });

  it('gives back any text whose dollar signs are doubled', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const doubled = text.replaceAll('$', '$$$$');
        expect(expandVariables(doubled, {}, () => undefined)).toBe(text);
      }),
    );
  });
});
