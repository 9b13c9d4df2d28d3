import type { Override } from '@vigil/contracts';
import { digestOf, id, service } from '../testing/fixtures.js';
import { basisOf } from './basis.js';
import type { DesiredView } from './desired-state.js';

const web = service('web');
const declared: DesiredView = {
  status: 'declared',
  declared: {
    resource: id('default/web'),
    service: web,
    digest: digestOf(web),
    source: 'git',
    sourceMode: undefined,
  },
};

function override(change: Partial<Override>): Override {
  return {
    resource: id('default/web'),
    owner: 'operator/ada',
    reason: 'quiet hours',
    actionId: 'act-1',
    correlationId: 'cor-1',
    createdAt: 1,
    ...change,
  };
}

describe('what a decision rests on', () => {
  it.each<[string, DesiredView, Override | undefined, readonly [string | null, string | null]]>([
    ['what Git declares', declared, undefined, [digestOf(web), null]],
    ['and who changed the count', declared, override({ replicas: 3 }), [digestOf(web), 'act-1']],
    ['and who stopped it', declared, override({ stopped: true }), [digestOf(web), 'act-1']],
    [
      'and nobody when that has ended',
      declared,
      override({ stopped: false }),
      [digestOf(web), null],
    ],
    ['that no source declares it', { status: 'absent' }, undefined, [null, null]],
  ])('is %s', (_name, view, present, [declaredDigest, overrideBy]) => {
    expect(basisOf(view, present)).toEqual({ declaredDigest, overrideBy });
  });

  it('is nothing while the desired state is unknown', () => {
    expect(
      basisOf({ status: 'unknown', last: undefined, awaits: 'source' }, undefined),
    ).toBeUndefined();
  });

  it('says when the override ends by itself', () => {
    const ending = override({ stopped: true, expiresAt: 9 });
    expect(basisOf(declared, ending)).toMatchObject({ overrideExpiresAt: 9 });
    expect(basisOf(declared, override({ expiresAt: 9 }))?.overrideExpiresAt).toBeUndefined();
  });
});
