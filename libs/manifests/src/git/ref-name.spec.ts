import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { isRefName, isVersionRange } from './ref-name.js';

describe('names of refs', () => {
  it.each(['main', 'release/1.2', 'feature/a_b-c', 'v1.2.3', 'a@b'])('%s is one', (name) => {
    expect(isRefName(name)).toBe(true);
  });

  it.each([
    '',
    '-x',
    '--upload-pack=id',
    'a/-b',
    'a..b',
    'a b',
    'a:b',
    'a^',
    'a.lock',
    '@',
    '.a',
    'a/',
  ])('%j is none', (name) => {
    expect(isRefName(name)).toBe(false);
  });

  it('are names that git takes as well', () => {
    const word = fc.stringMatching(/^[a-z@.^~:/\-{*]{1,6}$/);
    fc.assert(
      fc.property(word, (name) => {
        if (!isRefName(name)) return;
        execFileSync('git', ['check-ref-format', `refs/heads/${name}`]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('ranges of versions', () => {
  it.each(['*', '1.x', '>=1.2 <2', '~1.4', '^2.0.0-0', '1.2.3 || 2.x'])('%j is one', (range) => {
    expect(isVersionRange(range)).toBe(true);
  });

  it.each(['', ' ', 'newest', '>=x.y'])('%j is none', (range) => {
    expect(isVersionRange(range)).toBe(false);
  });
});
