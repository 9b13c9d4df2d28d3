import { AllowedMethods } from './allowed-methods.js';

describe('AllowedMethods', () => {
  const methods = new AllowedMethods();
  methods.add('/health', ['GET', 'HEAD']);
  methods.add('/actions/:id', 'GET');
  methods.add('/actions/:id/approve', 'POST');
  methods.add('/docs/*', 'GET');
  methods.add('/a.b', 'PUT');

  it.each([
    ['/health', ['GET', 'HEAD']],
    ['/health/', ['GET', 'HEAD']],
    ['/actions/42', ['GET']],
    ['/actions/42/approve', ['POST']],
    ['/actions/42/other', []],
    ['/actions/', []],
    ['/docs/a/b.css', ['GET']],
    ['/a.b', ['PUT']],
    ['/axb', []],
    ['/', []],
  ])('%s: %j', (path, expected) => {
    expect(methods.of(path)).toEqual(expected);
  });
});
