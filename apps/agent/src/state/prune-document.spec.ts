import { commandRecord, resultOf, WEB } from '../testing/documents.js';
import { emptyDocument, type CommandRecord } from './agent-document.js';
import { pruneDocument } from './prune-document.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const settled = { result: resultOf('c'), acknowledged: true };

describe('pruneDocument', () => {
  it.each<[string, Partial<CommandRecord>, number, boolean]>([
    ['an acknowledged command while it could be replayed', settled, 31_000, true],
    ['an acknowledged command for five minutes more', settled, 31_000 + 5 * MINUTE, true],
    ['an acknowledged command after that', settled, 31_001 + 5 * MINUTE, false],
    ['a result that nobody has', { result: resultOf('c') }, 6 * DAY, true],
    ['a result that nobody ever asked for', { result: resultOf('c') }, 8 * DAY, false],
  ])('keeps %s: %#', (_what, parts, now, kept) => {
    const document = emptyDocument();
    document.commands.set('c', commandRecord('c', parts));
    pruneDocument(document, now);
    expect(document.commands.has('c')).toBe(kept);
  });

  it.each([
    ['the newest ten thousand', 31_001 + 5 * MINUTE, 10_000],
    ['all that could be replayed', 31_000 + 5 * MINUTE, 10_050],
  ])('keeps of results that nobody has %s', (_what, now, kept) => {
    const document = emptyDocument();
    for (let index = 0; index < 10_050; index += 1) {
      document.commands.set(`c${index}`, commandRecord(`c${index}`));
    }
    pruneDocument(document, now);
    expect(document.commands.size).toBe(kept);
    expect(document.commands.has('c10049')).toBe(true);
  });

  it('forgets a fencing token a quarter of an hour after its last command', () => {
    const document = emptyDocument();
    document.tokens.set(WEB, { token: 7, at: 0 });
    pruneDocument(document, 15 * MINUTE);
    expect(document.tokens.size).toBe(1);
    pruneDocument(document, 15 * MINUTE + 1);
    expect(document.tokens.size).toBe(0);
  });
});
