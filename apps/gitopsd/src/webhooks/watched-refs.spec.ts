import { isWatched } from './watched-refs.js';

describe('a push', () => {
  it.each([
    [{ branch: 'main' }, 'refs/heads/main', true],
    [{ branch: 'main' }, 'refs/heads/main-2', false],
    [{ branch: 'main' }, 'refs/tags/main', false],
    [{ tag: 'v1' }, 'refs/tags/v1', true],
    [{ tag: 'v1' }, 'refs/heads/v1', false],
    [{ semver: '1.x' }, 'refs/tags/v1.2.0', true],
    [{ semver: '1.x' }, 'refs/heads/main', false],
    [{ head: true }, 'refs/heads/anything', true],
    [{ head: true }, 'refs/tags/v1', false],
    [{ commit: 'a'.repeat(40) }, 'refs/heads/main', true],
  ] as const)('to what %j follows: %s → %s', (wanted, ref, expected) => {
    expect(isWatched(wanted, [ref])).toBe(expected);
    expect(isWatched(wanted, ['refs/notes/x', ref])).toBe(expected || 'commit' in wanted);
  });

  it('that does not say where is one everywhere', () => {
    expect(isWatched({ branch: 'main' }, undefined)).toBe(true);
  });
});
