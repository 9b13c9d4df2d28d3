import type { ActionRequest, Override } from '@vigil/contracts';
import { operator, policyCause, request, service, WEB } from '../testing/fixtures.js';
import {
  overrideAfter,
  overrideBefore,
  type OverrideChange,
  type OverrideInput,
} from './override-change.js';

const NOW = 5_000;

function override(more: Partial<Override> = {}): Override {
  return {
    resource: WEB,
    owner: 'policy/busy',
    reason: 'policy busy',
    actionId: 'earlier',
    correlationId: 'earlier',
    createdAt: 1_000,
    ...more,
  };
}

function input(
  wanted: Partial<ActionRequest>,
  more: Partial<Omit<OverrideInput, 'request'>> = {},
): OverrideInput {
  return { request: request(wanted), present: undefined, declaredReplicas: 2, now: NOW, ...more };
}

const scale = {
  action: 'scale',
  causes: [policyCause('x', 'busy')],
} satisfies Partial<ActionRequest>;
const byAda = { operator: operator({ actor: 'ada', reason: 'maintenance' }) };

describe('the override after an action', () => {
  it.each<[string, OverrideInput, object]>([
    [
      'a policy scales',
      input({ ...scale, replicas: 4 }),
      {
        kind: 'put',
        value: { owner: 'policy/busy', replicas: 4, replacesReplicas: 2, createdAt: NOW },
      },
    ],
    [
      'a policy scales back to what Git says',
      input({ ...scale, replicas: 2 }, { present: override({ replicas: 4 }) }),
      { kind: 'delete' },
    ],
    [
      'it is written again after a crash',
      input(
        { ...scale, replicas: 4 },
        { present: override({ actionId: 'action-1', replicas: 4 }) },
      ),
      { kind: 'put', value: { createdAt: 1_000 } },
    ],
    [
      'a person stops',
      input({ action: 'stop', ...byAda }),
      { kind: 'put', value: { owner: 'operator/ada', reason: 'maintenance', stopped: true } },
    ],
    [
      'a person stops what a policy has scaled',
      input(
        { action: 'stop', ...byAda },
        { present: override({ replicas: 4, replacesReplicas: 2 }) },
      ),
      { kind: 'put', value: { stopped: true, replicas: 4, replacesReplicas: 2 } },
    ],
    [
      'a person scales what is stopped',
      input({ ...scale, ...byAda, replicas: 4 }, { present: override({ stopped: true }) }),
      { kind: 'put', value: { stopped: true, replicas: 4, replacesReplicas: 2 } },
    ],
    [
      'a person scales what is stopped to what Git says',
      input(
        { ...scale, ...byAda, replicas: 2 },
        { present: override({ stopped: true, replicas: 4, replacesReplicas: 2 }) },
      ),
      { kind: 'put', value: { stopped: true } },
    ],
    [
      'a person starts what was stopped',
      input({ action: 'start', ...byAda }, { present: override({ stopped: true }) }),
      { kind: 'delete' },
    ],
    [
      'a person starts what was scaled and stopped',
      input({ action: 'start', ...byAda }, { present: override({ stopped: true, replicas: 4 }) }),
      { kind: 'put', value: { replicas: 4 } },
    ],
    ['a person starts what nobody stopped', input({ action: 'start', ...byAda }), { kind: 'keep' }],
    ['a person restarts', input({ action: 'restart', ...byAda }), { kind: 'keep' }],
    ['the evaluator removes what is in excess', input({ action: 'stop' }), { kind: 'keep' }],
    [
      'the evaluator starts',
      input({ action: 'start' }, { present: override({ stopped: true }) }),
      { kind: 'keep' },
    ],
  ])('when %s', (_case, given, change) => {
    expect(overrideAfter(given)).toMatchObject(change);
  });

  it('has no number of what was scaled back while it was stopped', () => {
    const wanted = { ...scale, ...byAda, replicas: 2 };
    const change = overrideAfter(
      input(wanted, { present: override({ stopped: true, replicas: 4, replacesReplicas: 2 }) }),
    );
    expect(change.kind === 'put' && change.value.replicas).toBeUndefined();
  });

  it('does not stay stopped after a person has started it', () => {
    const change = overrideAfter(
      input({ action: 'start', ...byAda }, { present: override({ stopped: true, replicas: 4 }) }),
    );
    expect(change.kind === 'put' && change.value.stopped).toBeUndefined();
  });
});

describe('the end of an override', () => {
  const HOUR = 3_600_000;
  const forAnHour = { operator: operator({ actor: 'ada', expiresAfterMs: HOUR }) };
  const ends = (change: OverrideChange) => change.kind === 'put' && change.value.expiresAt;
  const ending = override({ replicas: 4, replacesReplicas: 2, expiresAt: 9_000 });

  it.each<[string, OverrideInput, number | undefined]>([
    ['of a stop for an hour', input({ action: 'stop', ...forAnHour }), NOW + HOUR],
    ['of a scale for an hour', input({ ...scale, ...forAnHour, replicas: 4 }), NOW + HOUR],
    [
      'written again after a crash',
      input(
        { action: 'stop', ...forAnHour },
        { present: override({ actionId: 'action-1', stopped: true }) },
      ),
      1_000 + HOUR,
    ],
    ['of a stop', input({ action: 'stop', ...byAda }, { present: ending }), undefined],
    [
      'of what a policy makes of a scale for a time',
      input({ ...scale, replicas: 3 }, { present: ending }),
      9_000,
    ],
    [
      'of a scale of what is stopped for a time',
      input({ ...scale, ...byAda, replicas: 3 }, { present: { ...ending, stopped: true } }),
      9_000,
    ],
    [
      'of a scale for a time of what is stopped until its start',
      input({ ...scale, ...forAnHour, replicas: 3 }, { present: override({ stopped: true }) }),
      undefined,
    ],
    [
      'of what is started again',
      input({ action: 'start', ...byAda }, { present: { ...ending, stopped: true } }),
      9_000,
    ],
  ])('%s', (_case, given, expected) => {
    expect(ends(overrideAfter(given))).toBe(expected);
  });

  it('is what it was when a scale is taken back', () => {
    const basis = { declaredDigest: null, overrideBy: 'earlier', overrideExpiresAt: 9_000 };
    const given = input(
      { ...scale, ...byAda, basis, service: service({ replicas: 3 }), replicas: 4 },
      { present: override({ actionId: 'action-1', replicas: 4 }) },
    );
    expect(ends(overrideBefore(given))).toBe(9_000);
  });
});

describe('the override after a roll-back', () => {
  it.each<[string, OverrideInput, object]>([
    [
      'of the first scale',
      input({ ...scale, service: service({ replicas: 2 }), replicas: 4 }),
      { kind: 'delete' },
    ],
    [
      'of a later scale',
      input({ ...scale, service: service({ replicas: 3 }), replicas: 4 }),
      { kind: 'put', value: { replicas: 3, replacesReplicas: 2 } },
    ],
    [
      'of a scale of what is stopped',
      input(
        { ...scale, service: service({ replicas: 2 }), replicas: 4 },
        { present: override({ stopped: true, replicas: 4, replacesReplicas: 2 }) },
      ),
      { kind: 'put', value: { stopped: true } },
    ],
    [
      'of a stop that stopped nothing',
      input(
        { action: 'stop', ...byAda },
        { present: override({ stopped: true, actionId: 'action-1' }) },
      ),
      { kind: 'delete' },
    ],
    [
      'of a stop, when somebody else has stopped it before',
      input({ action: 'stop', ...byAda }, { present: override({ stopped: true }) }),
      { kind: 'keep' },
    ],
    ['of anything else', input({ action: 'update' }), { kind: 'keep' }],
  ])('%s', (_case, given, change) => {
    expect(overrideBefore(given)).toMatchObject(change);
  });
});
