import { temporaryDirectory } from '@vigil/testkit';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readSecret } from '@vigil/config';
import { VariableFiles } from './variable-files.js';

const digest = (value: string) => createHash('sha256').update(value).digest('hex').slice(0, 32);

function filesIn(directory: string, inUse: ReadonlySet<string> = new Set()): VariableFiles {
  return new VariableFiles({ directory, isInUse: (file) => inUse.has(file), digest });
}

async function fileOf(kept: ReturnType<VariableFiles['keep']>): Promise<string> {
  const outcome = await kept;
  if ('file' in outcome) return outcome.file;
  throw new Error(outcome.problem);
}

describe('VariableFiles', () => {
  it('gives every value back byte for byte', async () => {
    const files = filesIn(join(temporaryDirectory('variables'), 'imported'));
    const lineEnds = fc.constantFrom('', '\n', '\r\n', '\r', '\n\n', '\r\n\n', 'x\n');
    const value = fc
      .tuple(fc.string({ unit: 'grapheme' }), lineEnds)
      .map(([text, end]) => `${text}${end}`)
      .filter((text) => !/[\0\uFFFD]/.test(text));
    await fc.assert(
      fc.asyncProperty(value, async (expected) => {
        const file = await fileOf(files.keep('web', 'VALUE', expected));
        expect(await readSecret(file)).toEqual({ value: expected });
      }),
      { numRuns: 60 },
    );
  });

  it('keeps every name apart, inside of the directory of the container', async () => {
    const directory = join(temporaryDirectory('variables'), 'imported');
    const files = filesIn(directory);
    const names = [
      'A',
      '../../escape',
      '..',
      '.',
      '/etc/passwd',
      'a b',
      'a%20b',
      'grüße',
      'x.partial',
      'x',
      'LONG'.repeat(100),
      `${'LONG'.repeat(100)}ER`,
    ];
    const kept = await Promise.all(names.map((name) => fileOf(files.keep('we.b', name, name))));
    expect(new Set(kept).size).toBe(names.length);
    expect(new Set(kept.map((file) => dirname(file)))).toEqual(
      new Set([join(directory, 'we%2Eb')]),
    );
    for (const [index, file] of kept.entries()) {
      expect(await readSecret(file)).toEqual({ value: names[index] });
    }
  });

  it('can be read by the user of the agent alone', async () => {
    const directory = join(temporaryDirectory('variables'), 'imported');
    const file = await fileOf(filesIn(directory).keep('web', 'A', 'secret'));
    const modes = await Promise.all(
      [directory, dirname(file), file].map(async (path) => (await stat(path)).mode & 0o777),
    );
    expect(modes).toEqual([0o700, 0o700, 0o600]);
  });

  it('writes only what is not there yet, and leaves no half of it', async () => {
    const files = filesIn(join(temporaryDirectory('variables'), 'imported'));
    const file = await fileOf(files.keep('web', 'A', 'one'));
    const first = await stat(file);
    expect(await fileOf(files.keep('web', 'A', 'one'))).toBe(file);
    expect((await stat(file)).ino).toBe(first.ino);
    expect(await fileOf(files.keep('web', 'A', 'two'))).toBe(file);
    expect(await readSecret(file)).toEqual({ value: 'two' });
    expect(await readdir(dirname(file))).toEqual(['A']);
  });

  it('takes nothing from a replica that has its value from there', async () => {
    const inUse = new Set<string>();
    const files = filesIn(join(temporaryDirectory('variables'), 'imported'), inUse);
    const used = await fileOf(files.keep('web', 'A', 'of a replica'));
    inUse.add(used);
    expect(await fileOf(files.keep('web', 'A', 'of a replica'))).toBe(used);
    const other = await fileOf(files.keep('web', 'A', 'of another container of the name'));
    expect(other).not.toBe(used);
    expect(await readSecret(used)).toEqual({ value: 'of a replica' });
    expect(await readSecret(other)).toEqual({ value: 'of another container of the name' });
  });

  it('says what no file can hold', async () => {
    const files = filesIn(join(temporaryDirectory('variables'), 'imported'));
    const large = 'x'.repeat(64 * 1024);
    expect(await files.keep('web', 'A', large)).toHaveProperty('file');
    expect(await files.keep('web', 'A', `${large}x`)).toEqual({ problem: 'longer than 64 KiB' });
    expect(await files.keep('web', 'A', 'a\uFFFDb')).toEqual({ problem: 'not text' });
  });
});
