import fc from 'fast-check';
import { observeEnv, type EnvironmentFacts } from './observe-env.js';

const REF = { secretRef: { file: '/etc/secret' } };

function observe(facts: Partial<EnvironmentFacts>) {
  return observeEnv({
    env: [],
    ofImage: [],
    declared: {},
    secrets: new Map(),
    isPodman: false,
    digest: (value) => `digest of ${value}`,
    ...facts,
  });
}

describe('observeEnv', () => {
  it.each<[string, Partial<EnvironmentFacts>, object]>([
    ['declared and so', { env: ['A=1'], declared: { A: '1' } }, { A: '1' }],
    [
      'declared and not so',
      { env: ['A=2'], declared: { A: '1' } },
      { A: { digest: 'digest of 2' } },
    ],
    ['declared and not there', { env: [], declared: { A: '1' } }, {}],
    [
      'the declared secret',
      { env: ['A=s'], declared: { A: REF }, secrets: new Map([['A', 's']]) },
      { A: REF },
    ],
    [
      'not the declared secret',
      { env: ['A=t'], declared: { A: REF }, secrets: new Map([['A', 's']]) },
      { A: { digest: 'digest of t' } },
    ],
    [
      'a secret that cannot be read',
      { env: ['A=s'], declared: { A: REF } },
      { A: { digest: 'digest of s' } },
    ],
    ['of the image', { env: ['A=1'], ofImage: ['A=1'] }, {}],
    ['of an image that is gone, or added', { env: ['A=1'], ofImage: undefined }, {}],
    [
      'declared, of an image that is gone',
      { env: ['A=2'], ofImage: undefined, declared: { A: '1' } },
      { A: { digest: 'digest of 2' } },
    ],
    [
      'of the image and declared',
      { env: ['A=1'], ofImage: ['A=1'], declared: { A: '1' } },
      { A: '1' },
    ],
    [
      'of the image and changed',
      { env: ['A=2'], ofImage: ['A=1'] },
      { A: { digest: 'digest of 2' } },
    ],
    ['added', { env: ['A=1'] }, { A: { digest: 'digest of 1' } }],
    [
      'not known what is declared',
      { env: ['A=1'], declared: undefined },
      { A: { digest: 'digest of 1' } },
    ],
    ['with an equals sign', { env: ['A=b=c'], declared: { A: 'b=c' } }, { A: 'b=c' }],
    ['without one', { env: ['A'], declared: { A: '' } }, { A: '' }],
    [
      'added by Podman',
      { env: ['container=podman', 'X=1'], isPodman: true },
      { X: { digest: 'digest of 1' } },
    ],
  ])('%s', (_case, facts, expected) => {
    expect(observe(facts)).toEqual(expected);
  });

  it('never tells a value that the manifest does not have in clear', () => {
    const name = fc.constantFrom('A', 'B', 'C');
    const value = fc.stringMatching(/^[a-z]{4,8}$/);
    fc.assert(
      fc.property(
        fc.dictionary(name, value),
        fc.dictionary(name, fc.oneof(value, fc.constant(REF))),
        fc.dictionary(name, value),
        (env, declared, secrets) => {
          const observed = observe({
            env: Object.entries(env).map(([key, text]) => `${key}=${text}`),
            declared,
            secrets: new Map(Object.entries(secrets)),
            digest: () => 'a digest',
          });
          const inClear = Object.values(observed).filter((each) => typeof each === 'string');
          expect(Object.values(declared)).toEqual(expect.arrayContaining(inClear));
        },
      ),
    );
  });
});
