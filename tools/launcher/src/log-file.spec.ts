import { temporaryDirectory } from '@vigil/testkit';
import { closeSync, existsSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LogFile } from './log-file.js';

function logWithWriter(maxBytes?: number): { log: LogFile; write: (text: string) => void } {
  const log = new LogFile(join(temporaryDirectory('log'), 'service.log'), maxBytes);
  const descriptor = log.openForAppend();
  writers.push(descriptor);
  return {
    log,
    write: (text) => {
      writeSync(descriptor, text);
    },
  };
}

const writers: number[] = [];
afterAll(() => {
  writers.forEach(closeSync);
});

describe('LogFile', () => {
  it('gives each line once, when it is complete', () => {
    const { log, write } = logWithWriter();
    write('one\ntw');
    expect(log.newLines()).toEqual(['one']);
    write('o\nthree\n');
    expect(log.newLines()).toEqual(['two', 'three']);
    expect(log.newLines()).toEqual([]);
  });

  it('does not tell again what an earlier start has logged', () => {
    const { log, write } = logWithWriter();
    write('old\n');
    expect(new LogFile(log.path).newLines()).toEqual([]);
  });

  it('keeps the size bounded while the writer goes on', () => {
    const { log, write } = logWithWriter(1_000);
    const seen: string[] = [];
    for (let number = 0; number < 60; number += 1) {
      write(`${String(number).padStart(3, '0')} ${'x'.repeat(95)}\n`);
      seen.push(...log.newLines());
    }
    expect(seen).toHaveLength(60);
    expect(statSync(log.path).size).toBeLessThan(1_100);
    const kept = [1, 2, 3, 4].map((number) => existsSync(`${log.path}.${number}`));
    expect(kept).toEqual([true, true, true, false]);
  });

  it('has nothing to tell when somebody has removed the file', () => {
    const { log, write } = logWithWriter();
    write('one\n');
    rmSync(log.path);
    expect([log.newLines(), log.lastLines(5)]).toEqual([[], []]);
  });

  it('shows the end for a report', () => {
    const { log, write } = logWithWriter();
    write('one\ntwo\nthree\n');
    expect(log.lastLines(2)).toEqual(['two', 'three']);
  });
});
