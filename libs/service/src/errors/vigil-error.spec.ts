import { describeError, dispositionOf, VigilError } from './vigil-error.js';

class Refused extends VigilError {
  readonly code = 'test.refused';
  readonly disposition = 'reject';
}

describe('errors', () => {
  it('are named after their class and keep their cause', () => {
    const cause = new Error('root');
    const error = new Refused('no', { cause });
    expect([error.name, error.message, error.cause]).toEqual(['Refused', 'no', cause]);
  });

  it.each<[unknown, string]>([
    [new Refused('no'), 'reject'],
    [new TypeError('a bug'), 'retry'],
    ['a string', 'retry'],
    [undefined, 'retry'],
  ])('%s: %s', (error, disposition) => {
    expect(dispositionOf(error)).toBe(disposition);
  });

  it.each<[unknown, string]>([
    [new Refused('two\n  lines'), 'test.refused: two lines'],
    [new Error('plain'), 'plain'],
    [new TypeError(), 'TypeError'],
    [42, '42'],
  ])('are described in a line: %s', (error, text) => {
    expect(describeError(error)).toBe(text);
  });

  it('are described briefly', () => {
    expect(describeError(new Error('x'.repeat(5_000)), 10)).toHaveLength(10);
  });
});
