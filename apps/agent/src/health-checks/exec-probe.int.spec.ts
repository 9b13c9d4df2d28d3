import { execProbe } from './exec-probe.js';

const surroundings = () =>
  Promise.resolve({
    argv: ['/bin/true'] as const,
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    ids: undefined,
  });

describe('execProbe', () => {
  it('says in one printable line what a failing command wrote', async () => {
    const script = String.raw`printf 'no\000 answer\n\033[31mred\n'; exit 3`;
    const probe = execProbe(['sh', '-c', script], surroundings);
    expect(await probe(10_000, new AbortController().signal)).toMatchObject({
      message: 'sh: exit code 3: no  answer [31mred',
    });
  });
});
