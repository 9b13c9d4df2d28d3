import { isIgnored } from './ignore.js';

describe('isIgnored', () => {
  it.each([
    ['/env/A', '/env/A', true],
    ['/env/A', '/env/AB', false],
    ['/env/A', '/env', false],
    ['/env', '/env/A', true],
    ['/env/*', '/env/A', true],
    ['/env/*', '/command', false],
    ['/*/A', '/env/A', true],
    ['/env/OTEL_*', '/env/OTEL_X', true],
    ['/env/*_ID', '/env/BUILD_ID', true],
    ['/env/*_ID', '/env/BUILD_IDS', false],
    ['/env/A*B*C', '/env/AxBxC', true],
    ['/env/A*A', '/env/A', false],
    ['/env/a*b*b', '/env/ab', false],
    ['/env/a~1b', '/env/a~1b', true],
    ['/env/a~0b', '/env/a~0b', true],
    ['/replicas', '/replicas', true],
    ['autoscaler', '/replicas', false],
    ['', '/replicas', false],
    ['/', '/replicas', false],
  ])('%s covers %s: %s', (pattern, pointer, expected) => {
    expect(isIgnored(pointer, [pattern])).toBe(expected);
  });

  it('takes any of several', () => {
    expect(isIgnored('/user', ['/env', '/user'])).toBe(true);
    expect(isIgnored('/user', [])).toBe(false);
  });
});
