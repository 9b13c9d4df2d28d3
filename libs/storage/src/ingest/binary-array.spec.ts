import { float8Array, int4Array, timestamptzArray } from './binary-array.js';

describe('binary arrays', () => {
  it('writes the header that array_recv expects', () => {
    const buffer = int4Array([7, -1]);
    const words = Array.from({ length: 9 }, (_, index) => buffer.readInt32BE(index * 4));
    expect(words).toEqual([1, 0, 23, 2, 1, 4, 7, 4, -1]);
  });

  it('keeps every bit of a double', () => {
    const values = [0.1, -0, Number.MAX_VALUE, Number.MIN_VALUE, Infinity, NaN];
    const buffer = float8Array(values);
    const read = values.map((_, index) => buffer.readDoubleBE(20 + index * 12 + 4));
    expect(read).toEqual(values);
  });

  it.each([
    ['before 2000', Date.UTC(1969, 0, 1)],
    ['at PostgreSQL’s epoch', 946_684_800_000],
    ['one millisecond before it', 946_684_799_999],
    ['now', 1_763_700_000_123],
    ['far away', Date.UTC(2200, 5, 1, 1, 2, 3, 4)],
  ])('counts microseconds since 2000: %s', (_name, unixMs) => {
    const expected = BigInt(unixMs - 946_684_800_000) * 1000n;
    expect(timestamptzArray([unixMs]).readBigInt64BE(24)).toBe(expected);
  });
});
