import { environValue, isDead, parseProcStat } from './proc-stat.js';

const LINE =
  '1234 (a (strange) name) S 1 1234 1200 0 -1 4194560 1037 0 0 0 250 50 0 0 20 0 7 0 987654 2166784 512 18446744073709551615 1 1 0';

describe('parseProcStat', () => {
  it('finds the fields behind a name with spaces and parentheses', () => {
    expect(parseProcStat(LINE)).toEqual({
      pid: 1234,
      name: 'a (strange) name',
      state: 'S',
      parent: 1,
      processGroup: 1234,
      session: 1200,
      cpuTicks: 300,
      threads: 7,
      startTime: '987654',
      residentPages: 512,
    });
  });

  it.each(['', 'garbage', '12 (cut'])('makes nothing of %j', (text) => {
    expect(parseProcStat(text)).toBeUndefined();
  });

  it.each([
    ['Z', true],
    ['X', true],
    ['T', false],
    ['R', false],
  ])('takes state %s as dead: %s', (state, dead) => {
    const stat = parseProcStat(LINE.replace(') S ', `) ${state} `));
    expect(stat && isDead(stat)).toBe(dead);
  });
});

describe('environValue', () => {
  const environ = 'PATH=/bin\0OTHER_VIGIL_INSTANCE_ID=no\0VIGIL_INSTANCE_ID=abc\0EMPTY=\0';
  it.each([
    ['VIGIL_INSTANCE_ID', 'abc'],
    ['PATH', '/bin'],
    ['EMPTY', ''],
    ['HOME', undefined],
  ])('of %s', (name, value) => {
    expect(environValue(environ, name)).toBe(value);
  });
});
