import fc from 'fast-check';
import { decodeLines, encodeLine } from './journal-line.js';

const entries = fc.array(fc.jsonValue(), { maxLength: 8 });

describe('journal lines', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(entries, (written) => {
        const content = written.map(encodeLine).join('');
        const { entries: read, goodBytes, damagedLines } = decodeLines(content);
        expect(JSON.stringify(read)).toBe(JSON.stringify(written));
        expect({ goodBytes, damagedLines }).toEqual({
          goodBytes: Buffer.byteLength(content),
          damagedLines: 0,
        });
      }),
    );
  });

  it('end at the last whole one when the file was cut off anywhere', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (written, at) => {
        const lines = written.map(encodeLine);
        const bytes = Buffer.from(lines.join(''));
        const cut = bytes.length === 0 ? 0 : at % bytes.length;
        const { entries: read, goodBytes } = decodeLines(bytes.subarray(0, cut).toString('latin1'));
        let whole = 0;
        let end = 0;
        for (const line of lines) {
          if (end + Buffer.byteLength(line) > cut) break;
          end += Buffer.byteLength(line);
          whole += 1;
        }
        // latin1 keeps the cut bytes, so only lines of ASCII are compared
        if (lines.every((line) => line.length === Buffer.byteLength(line))) {
          expect(read).toHaveLength(whole);
          expect(goodBytes).toBe(end);
        }
      }),
    );
  });

  it('are not read beyond a damaged one', () => {
    const [first = '', second = '', third = ''] = ['a', 'b', 'c'].map(encodeLine);
    const damaged = second.replace('"b"', '"x"');
    expect(decodeLines(first + damaged + third)).toEqual({
      entries: ['a'],
      goodBytes: first.length,
      damagedLines: 2,
    });
  });
});
