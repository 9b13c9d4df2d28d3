import type { AlertRecord } from '@vigil/contracts';
import type { Policy, ServiceSpec } from '@vigil/manifests';
import { digestOf, id, replica, service, T0 } from '../testing/fixtures.js';
import { compiled } from '../testing/policy-fixtures.js';
import { policyIntentions, type TargetContext } from './policy-intentions.js';

const web = id('default/web');

const alert = (labels: Record<string, string> = {}): AlertRecord => ({
  id: 'alert-1',
  policy: id('default/Policy/p'),
  resource: web,
  labels,
  condition: 'c',
  severity: 'warning',
  state: 'firing',
  activeAt: T0,
  firedAt: T0,
  evidence: [],
  correlationId: 'c',
});

function context(spec: Partial<ServiceSpec>, change: Partial<TargetContext> = {}): TargetContext {
  const of = service('web', { replicas: 2, ...spec });
  return {
    effective: { service: of, digest: digestOf(of), stopped: false, hold: undefined },
    mode: 'auto',
    observed: [
      { host: 'h', replica: replica(of, 0) },
      { host: 'h', replica: replica(of, 1) },
      { host: 'silent', replica: replica(of, 2) },
      { host: 'h', replica: replica(of, 3, { state: 'exited' }) },
    ],
    isUnknownHost: (host) => host === 'silent',
    place: (count) =>
      Array.from({ length: count }, (_, number) => ({ replica: number, host: 'h' })),
    ...change,
  };
}

function intend(
  policySpec: Partial<Policy['spec']>,
  spec: Partial<ServiceSpec> = {},
  options: { labels?: Record<string, string>; context?: Partial<TargetContext> } = {},
) {
  const policy = compiled('p', policySpec);
  const firing = [{ policy, alert: alert(options.labels) }];
  return policyIntentions(firing, context(spec, options.context))[0];
}

const replicas = (intention: ReturnType<typeof intend>) =>
  intention?.kind === 'wish' ? intention.targets.map((target) => target.replica) : undefined;

describe('what a firing policy asks for', () => {
  it('restarts what runs and can be reached, or the replica that it is about', () => {
    const all = intend({ action: 'restart' });
    expect(all).toMatchObject({ action: 'restart', broad: true, mode: 'auto' });
    expect(replicas(all)).toEqual([0, 1]);
    const one = intend({ action: 'restart' }, {}, { labels: { replica: '1' } });
    expect(one).toMatchObject({ broad: false });
    expect(replicas(one)).toEqual([1]);
  });

  it.each([
    ['up', 1, { min: 1, max: 5 }, 3, [2]],
    ['up to the limit', 9, { min: 1, max: 4 }, 4, [2, 3]],
    ['down', -1, { min: 1, max: 5 }, 1, [1]],
  ])('scales %s', (_name, scaleBy, scale, wanted, targets) => {
    const observed = context({}).observed.slice(0, 2);
    const intention = intend({ action: 'scale', scaleBy }, { scale }, { context: { observed } });
    expect(intention).toMatchObject({ action: 'scale', replicas: wanted });
    expect(replicas(intention)?.sort()).toEqual(targets);
  });

  it('touches no replica of which nothing is known when it scales', () => {
    const intention = intend({ action: 'scale', scaleBy: -1 }, { scale: { min: 1, max: 5 } });
    expect(replicas(intention)).toEqual([1]);
  });

  it.each([
    ['a notice', 'notify', { action: 'notify' as const }, {}, {}],
    ['scaling without limits', 'no-scale', { action: 'scale' as const, scaleBy: 1 }, {}, {}],
    [
      'scaling beyond the limits',
      'scale-limit',
      { action: 'scale' as const, scaleBy: 1 },
      { scale: { min: 1, max: 2 } },
      {},
    ],
    ['a target that is not declared', 'no-target', {}, {}, { context: { effective: undefined } }],
    ['a target of which nothing runs', 'no-replicas', {}, {}, { context: { observed: [] } }],
    ['a replica that is gone', 'no-replicas', {}, {}, { labels: { replica: '9' } }],
    [
      'hosts of which nothing is known',
      'no-replicas',
      {},
      {},
      { context: { isUnknownHost: () => true } },
    ],
  ])('does nothing about %s: %s', (_name, code, policySpec, spec, options) => {
    expect(intend(policySpec, spec, options)).toMatchObject({ kind: 'abstention', code });
  });

  it('leaves alone what a person stopped', () => {
    const { effective } = context({});
    const stopped = effective === undefined ? undefined : { ...effective, stopped: true };
    expect(intend({}, {}, { context: { effective: stopped } })).toMatchObject({
      code: 'stopped-by-operator',
    });
  });

  it('takes the strictest mode', () => {
    expect(intend({ mode: 'approve' })).toMatchObject({ mode: 'approve' });
    expect(intend({ mode: 'auto' }, {}, { context: { mode: 'observe' } })).toMatchObject({
      mode: 'observe',
    });
  });
});
