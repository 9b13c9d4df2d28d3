import { chooseRef, parseRemoteRefs } from './remote-refs.js';

const ID = (digit: string): string => digit.repeat(40);

describe('what a server lists', () => {
  it('is read ref by ref; an annotated tag stands for its commit', () => {
    const output = [
      `${ID('1')}\tHEAD`,
      `${ID('1')}\trefs/heads/main`,
      `${ID('2')}\trefs/tags/v1.0.0`,
      `${ID('3')}\trefs/tags/v1.0.0^{}`,
      'something else',
      '',
    ].join('\n');
    expect(parseRemoteRefs(output)).toEqual([
      { name: 'HEAD', id: ID('1') },
      { name: 'refs/heads/main', id: ID('1') },
      { name: 'refs/tags/v1.0.0', id: ID('3') },
    ]);
  });
});

describe('the ref that is chosen', () => {
  const refs = [
    ['HEAD', '1'],
    ['refs/heads/main', '1'],
    ['refs/heads/v9.9.9', '9'],
    ['refs/tags/v1.2.0', '2'],
    ['refs/tags/1.10.0', '3'],
    ['refs/tags/v2.0.0-rc.1', '4'],
    ['refs/tags/v2.0.0', '5'],
    ['refs/tags/nightly', '6'],
  ].map(([name = '', digit = '']) => ({ name, id: ID(digit) }));

  it.each([
    [{ head: true }, 'HEAD'],
    [{ branch: 'main' }, 'refs/heads/main'],
    [{ branch: 'nightly' }, undefined],
    [{ tag: 'nightly' }, 'refs/tags/nightly'],
    [{ tag: 'main' }, undefined],
    [{ semver: '>=1 <2' }, 'refs/tags/1.10.0'],
    [{ semver: '~1.2' }, 'refs/tags/v1.2.0'],
    [{ semver: '*' }, 'refs/tags/v2.0.0'],
    [{ semver: '>=2.0.0-0 <2.0.0' }, 'refs/tags/v2.0.0-rc.1'],
    [{ semver: '>=3' }, undefined],
  ] as const)('for %j is %s', (wanted, expected) => {
    expect(chooseRef(refs, wanted)?.name).toBe(expected);
  });
});
