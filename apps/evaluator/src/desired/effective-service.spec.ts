import type { Override } from '@vigil/contracts';
import { digestOf, id, service, T0 } from '../testing/fixtures.js';
import { effectiveService, type Hold } from './effective-service.js';

const web = service('web', { replicas: 2, scale: { min: 1, max: 4 } });
const declared = {
  resource: id('default/web'),
  service: web,
  digest: digestOf(web),
  source: 'git',
  sourceMode: undefined,
};
const override = (change: Partial<Override>): Override => ({
  resource: declared.resource,
  owner: 'policy/hot',
  reason: 'load',
  actionId: 'a',
  correlationId: 'c',
  createdAt: T0,
  ...change,
});
const replicasWith = (change: Partial<Override>, of = declared) =>
  effectiveService(of, override(change), undefined, undefined)?.service.spec.replicas;

describe('what is wanted of a service', () => {
  it.each([
    ['nothing but Git', {}, 2],
    ['a scale within the limits', { replicas: 3, replacesReplicas: 2 }, 3],
    ['a scale beyond the limits', { replicas: 9, replacesReplicas: 2 }, 4],
    ['a scale of another number in Git', { replicas: 3, replacesReplicas: 1 }, 2],
    ['a stop', { stopped: true }, 0],
    ['a stop of something scaled', { stopped: true, replicas: 3 }, 0],
  ])('heeds %s', (_name, change, replicas) => {
    expect(replicasWith(change)).toBe(replicas);
  });

  it('does not scale what may not be scaled', () => {
    const fixed = { ...declared, service: service('web', { replicas: 2 }) };
    expect(replicasWith({ replicas: 3 }, fixed)).toBe(2);
  });

  const good = service('web', { replicas: 2, command: ['good'] });
  const hold: Hold = {
    failedDigest: declared.digest,
    heldDigest: digestOf(good),
    actionId: 'a',
  };

  it('uses the held spec, with the replicas of Git', () => {
    const effective = effectiveService(declared, undefined, hold, good);
    expect(effective).toMatchObject({ digest: digestOf(good), hold, stopped: false });
    expect(effective?.service.spec.command).toEqual(['good']);
  });

  it('may be scaled as Git says now', () => {
    expect(effectiveService(declared, undefined, hold, good)?.service.spec.scale).toEqual(
      web.spec.scale,
    );
    const fixed = { ...declared, service: service('web', { replicas: 2 }) };
    expect(effectiveService(fixed, undefined, hold, web)?.service.spec.scale).toBeUndefined();
  });

  it('cannot tell what is wanted when the held spec is unknown', () => {
    expect(effectiveService(declared, undefined, hold, undefined)).toBeUndefined();
  });

  it('lets another spec end the hold', () => {
    const other = { ...hold, failedDigest: digestOf('other') };
    expect(effectiveService(declared, undefined, other, good)).toMatchObject({
      digest: declared.digest,
      hold: undefined,
    });
  });
});
