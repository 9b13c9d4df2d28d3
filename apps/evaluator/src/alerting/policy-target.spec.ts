import { desiredStateKey } from '@vigil/contracts';
import type { Policy, Service } from '@vigil/manifests';
import { DesiredState } from '../desired/desired-state.js';
import { digestOf, id, service, T0 } from '../testing/fixtures.js';
import { compiled } from '../testing/policy-fixtures.js';
import { policyTarget } from './policy-target.js';

function declaring(...services: Service[]): DesiredState {
  const state = new DesiredState();
  for (const each of services) state.putManifest(digestOf(each), each);
  state.putIndex(
    desiredStateKey.index('git', 'r', 0),
    services.map((each) => ({
      resource: id(`default/${each.metadata.name}`),
      digest: digestOf(each),
      file: 'a.yaml',
      line: 1,
    })),
  );
  state.putPointer({ source: 'git', revision: 'r', chunks: 1, generation: 1, inForceAt: T0 });
  return state;
}

const web = {
  ...service('web'),
  metadata: { ...service('web').metadata, labels: { tier: 'web' } },
};
const desired = declaring(web, service('db'));
const resource = (name: string) => ({ resource: `default/Service/${name}` });

const target = (spec: Partial<Policy['spec']>, labels: Record<string, string>, state = desired) =>
  policyTarget(compiled('p', spec), labels, state);

describe('what an alert is about', () => {
  it.each([
    ['what the series names', {}, resource('web'), 'default/Service/web'],
    ['what the policy names', { target: 'default/db' }, resource('web'), 'default/Service/db'],
    ['nothing that is named', {}, {}, undefined],
    ['nothing that could be one', {}, { resource: 'a b' }, undefined],
    ['what left Git', {}, resource('gone'), 'excluded'],
    ['its namespace', { namespace: 'default' }, resource('web'), 'default/Service/web'],
    ['another namespace', { namespace: 'other' }, resource('web'), 'excluded'],
    ['no namespace at all', { namespace: 'default' }, {}, 'excluded'],
    [
      'selected labels',
      { selector: { matchLabels: { tier: 'web' } } },
      resource('web'),
      'default/Service/web',
    ],
    ['other labels', { selector: { matchLabels: { tier: 'web' } } }, resource('db'), 'excluded'],
  ])('%s', (_name, spec, labels, expected) => {
    expect(target(spec, labels)).toBe(expected);
  });

  it('is not excluded while nobody knows what Git declares', () => {
    const lost = declaring(web);
    lost.distrust();
    expect(target({}, resource('gone'), lost)).toBe('default/Service/gone');
  });
});
