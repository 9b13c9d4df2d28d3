import type { Policy } from '@vigil/manifests';
import { digestOf, id, policy } from '../testing/fixtures.js';
import { compilePolicy } from './compiled-policy.js';

const compile = (spec: Partial<Policy['spec']>) => {
  const manifest = policy('p', spec);
  return compilePolicy({
    resource: id('default/Policy/p'),
    policy: manifest,
    digest: digestOf(manifest),
    source: 'git',
    sourceMode: undefined,
  });
};

describe('reading a policy', () => {
  it('reads condition, clears and target', () => {
    const outcome = compile({ clears: 'cpu_usage < 50%', target: 'default/web' });
    expect(outcome).toMatchObject({
      ok: true,
      dead: [],
      policy: { target: 'default/Service/web', clears: { text: 'cpu_usage < 50%' } },
    });
  });

  it.each([
    ['condition', { condition: 'cpu_usage >' }],
    ['clears', { clears: 'cpu_usage <' }],
    ['target', { target: 'a/b/c/d' }],
  ])('says what is wrong with its %s', (field, spec) => {
    const outcome = compile(spec);
    expect(outcome.ok).toBe(false);
    expect('problem' in outcome && outcome.problem).toMatch(new RegExp(`^spec.${field}: `));
  });

  it('knows that it can never fire', () => {
    const outcome = compile({ condition: 'cpu_usage > 100%' });
    expect(outcome.ok && outcome.dead).toHaveLength(1);
  });
});
