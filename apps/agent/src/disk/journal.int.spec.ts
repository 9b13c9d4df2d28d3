import { temporaryDirectory } from '@vigil/testkit';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeLine } from './journal-line.js';
import { Journal } from './journal.js';

let path: string;
beforeEach(() => {
  path = join(temporaryDirectory('journal'), 'state.journal');
});

async function entriesAfterReopening(): Promise<readonly unknown[]> {
  const { journal, content } = await Journal.open(path);
  await journal.close();
  return content.entries;
}

describe('Journal', () => {
  it('keeps entries in the order in which they were appended', async () => {
    const { journal } = await Journal.open(path);
    await Promise.all([1, 2, 3].map((entry) => journal.append(entry)));
    await journal.append(4);
    await journal.close();
    expect(await entriesAfterReopening()).toEqual([1, 2, 3, 4]);
  });

  it('has written everything before it when an entry is acknowledged', async () => {
    const { journal } = await Journal.open(path);
    const earlier = journal.append('earlier');
    await journal.append('later');
    expect(readFileSync(path, 'utf8')).toBe(encodeLine('earlier') + encodeLine('later'));
    await earlier;
    await journal.close();
  });

  it('goes on behind the last whole entry after a torn write', async () => {
    writeFileSync(path, encodeLine('whole') + encodeLine('torn').slice(0, -4));
    const { journal, content } = await Journal.open(path);
    expect(content).toEqual({ entries: ['whole'] });
    await journal.append('next');
    await journal.close();
    expect(await entriesAfterReopening()).toEqual(['whole', 'next']);
  });

  it('keeps a copy of a journal that was damaged in the middle', async () => {
    const text = encodeLine('good') + 'garbage\n' + encodeLine('lost');
    writeFileSync(path, text);
    const { journal, content } = await Journal.open(path);
    await journal.close();
    expect(content.entries).toEqual(['good']);
    expect(readFileSync(content.damagedCopy ?? '', 'utf8')).toBe(text);
  });

  it('is replaced as a whole, with what is appended meanwhile behind it', async () => {
    const { journal } = await Journal.open(path);
    const covered = journal.append('old');
    const rewritten = journal.rewrite(() => ['compact']);
    const appended = rewritten.then(() => journal.append('new'));
    await Promise.all([covered, rewritten, appended]);
    expect(journal.bytes).toBe(readFileSync(path).length);
    await journal.close();
    expect(await entriesAfterReopening()).toEqual(['compact', 'new']);
  });

  it('refuses entries after a failed write until it was written anew', async () => {
    const { journal } = await Journal.open(path);
    await journal.append('first');
    await journal.close();
    await expect(journal.append('lost')).rejects.toThrow('the journal cannot be written');
    await expect(journal.append('lost too')).rejects.toThrow('the journal cannot be written');
    expect(journal.broken).toBe(true);
  });

  it('leaves no partial file behind', async () => {
    const { journal } = await Journal.open(path);
    await journal.rewrite(() => ['compact']);
    appendFileSync(`${path}.partial`, 'left by a crash');
    await journal.rewrite(() => ['compact again']);
    await journal.close();
    expect(existsSync(`${path}.partial`)).toBe(false);
  });
});
