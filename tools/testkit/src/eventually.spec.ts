import { eventually } from './eventually.js';

describe('eventually', () => {
  it('returns the first value that counts', async () => {
    const values = [undefined, null, false, 0];
    expect(await eventually(() => values.shift(), { everyMs: 0 })).toBe(0);
    expect(values).toEqual([]);
  });

  it('gives up with what the last attempt threw', async () => {
    const attempt = (): never => {
      throw new Error('port closed');
    };
    await expect(eventually(attempt, { withinMs: 5, everyMs: 1 })).rejects.toThrow('port closed');
  });

  it('gives up with what the last attempt returned', async () => {
    await expect(eventually(() => null, { withinMs: 5, everyMs: 1 })).rejects.toThrow('still null');
  });
});
