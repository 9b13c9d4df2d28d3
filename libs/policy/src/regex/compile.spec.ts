import fc from 'fast-check';
import { compileRegex } from './compile.js';

function matches(pattern: string, text: string): boolean | string {
  const regex = compileRegex(pattern);
  return regex.ok ? regex.matches(text) : regex.message;
}

describe('compileRegex', () => {
  it.each([
    ['web-.*', 'web-1', true],
    ['web-.*', 'a web-1', false],
    ['web', 'web-1', false],
    ['a|b', 'b', true],
    ['a|b', 'ab', false],
    ['', '', true],
    ['', 'x', false],
    ['(ab){2,3}', 'ababab', true],
    ['(ab){2,3}', 'abababab', false],
    ['(ab){2,}', 'abababab', true],
    ['a{0}b', 'b', true],
    ['[a-c]+[^a-c]', 'abcd', true],
    ['[]]', ']', true],
    ['[]a]+', 'a]', true],
    ['[\\d_-]+', '1_-2', true],
    ['\\w+\\.\\w+', 'a.b', true],
    ['\\S+ \\S+', 'a b', true],
    ['(?i)WEB', 'wEb', true],
    ['(?i)[a-c]', 'B', true],
    ['^a$', 'a', true],
    ['a^b', 'ab', false],
    ['.', '\u{1F525}', true],
    ['a{', 'a{', true],
    ['a*?', 'aaa', true],
    ['(a*)*', 'aaa', true],
  ])('%s on %j: %j', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each([
    ['(', 'a `(` without its `)`'],
    [')', 'a `)` without its `(`'],
    ['*', 'nothing to repeat before `*`'],
    ['a**', 'nothing to repeat before `*`'],
    ['a{101}', '`{101}` is not within 0 to 100'],
    ['a{3,2}', '`{3,2}` is not within 0 to 100'],
    ['(?<=a)', 'look-around and named groups are not available, only `(…)` and `(?:…)`'],
    ['\\1', '`\\1` is not available, only \\d \\D \\w \\W \\s \\S'],
    ['[]', 'it ends too early'],
    ['[a', 'it ends too early'],
    ['a\\', 'it ends too early'],
    ['[z-a]', '`z-a` is no range of characters'],
    ['((a{50}){50}){50}', 'too large (more than 2000 steps)'],
    ['x'.repeat(257), 'longer than 256 characters'],
    ['('.repeat(30) + ')'.repeat(30), 'nested deeper than 20 groups'],
  ])('%s is refused', (pattern, message) => {
    expect(compileRegex(pattern)).toEqual({ ok: false, message });
  });

  it('is not led astray by nested repetition', () => {
    // Backtracking would need 2^1000 steps for this.
    expect(matches('(a+)+b', 'a'.repeat(1000))).toBe(false);
    expect(matches('(a|a)*(a|a)*c', 'a'.repeat(1000))).toBe(false);
  });

  it('agrees with the regular expressions of JavaScript', () => {
    const letter = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\w');
    const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
      pattern: fc.oneof(
        { maxDepth: 3 },
        letter,
        fc.tuple(tie('pattern'), tie('pattern')).map(([x, y]) => `${x}${y}`),
        fc.tuple(tie('pattern'), tie('pattern')).map(([x, y]) => `(${x}|${y})`),
        fc
          .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,}'))
          .map(([x, times]) => `(?:${x})${times}`),
      ),
    }));
    const text = fc
      .array(fc.constantFrom('a', 'b', '1', ' '), { maxLength: 6 })
      .map((letters) => letters.join(''));
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        expect(matches(source, subject)).toBe(new RegExp(`^(?:${source})$`, 'su').test(subject));
      }),
      { numRuns: 500 },
    );
  });

  it('survives any pattern', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (pattern, text) => {
        const regex = compileRegex(pattern);
        expect(typeof (regex.ok ? regex.matches(text) : regex.message)).toMatch(/boolean|string/);
      }),
    );
  });
});
