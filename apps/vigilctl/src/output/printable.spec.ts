import { printable } from './printable.js';

describe('what is printed', () => {
  it.each([
    ['clears the screen \x1b[2J\x1b[H', 'clears the screen \\u001b[2J\\u001b[H'],
    ['a title \x1b]0;x\x07', 'a title \\u001b]0;x\\u0007'],
    ['with one character \x9b2J', 'with one character \\u009b2J'],
    ['hides what follows \x1b[8m', 'hides what follows \\u001b[8m'],
    ['writes over \r the line\b', 'writes over \\u000d the line\\u0008'],
  ])('does not command a terminal: %j', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it.each(['\x1b[31mred\x1b[39m', '\x1b[1mbold\x1b[22m', 'grüße ✓\n\tand more'])(
    'is left as it is: %j',
    (text) => {
      expect(printable(text)).toBe(text);
    },
  );

  it('stays JSON', () => {
    const value = { text: '\x1b[2J\x9b\x7f' };
    expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
  });
});
