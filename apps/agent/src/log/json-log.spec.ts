import { jsonLog } from './json-log.js';
import { SayOnce } from './say-once.js';

function logging(level: 'debug' | 'warn' = 'debug') {
  const lines: unknown[] = [];
  const log = jsonLog({ level, version: '1', write: (line) => lines.push(JSON.parse(line)) });
  return { lines, log };
}

describe('jsonLog', () => {
  it('writes one object per line, with its part', () => {
    const { lines, log } = logging();
    log.child('spool').info('opened', { bytes: 7 });
    expect(lines).toMatchObject([
      { level: 'info', service: 'agent', component: 'spool', message: 'opened', bytes: 7 },
    ]);
  });

  it('leaves out what is less important than asked for', () => {
    const { lines, log } = logging('warn');
    log.info('detail');
    log.warn('trouble');
    expect(lines).toMatchObject([{ message: 'trouble' }]);
  });

  it('keeps an error with its causes', () => {
    const { lines, log } = logging();
    const cause = Object.assign(new Error('disk full'), { code: 'ENOSPC' });
    log.error('lost', new Error('cannot write', { cause }), { path: '/x' });
    expect(lines).toMatchObject([
      {
        path: '/x',
        error: { message: 'cannot write', cause: { message: 'disk full', code: 'ENOSPC' } },
      },
    ]);
  });
});

describe('SayOnce', () => {
  it('lets a lasting fault through when it begins, changes, and now and then', () => {
    let now = 0;
    const saying = new SayOnce(1_000, () => now);
    const said = (text: string, at: number) => {
      now = at;
      return saying.shouldSay(text);
    };
    expect([
      said('a', 0),
      said('a', 500),
      said('b', 600),
      said('b', 700),
      said('b', 1_601),
    ]).toEqual([true, false, true, false, true]);
    expect(saying.recovered()).toBe(true);
    expect(saying.recovered()).toBe(false);
  });
});
