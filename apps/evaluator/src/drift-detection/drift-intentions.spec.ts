import type { DriftRecord } from '@vigil/contracts';
import { CHECK, id, replica, service, T0 } from '../testing/fixtures.js';
import { driftIntentions, type DriftContext } from './drift-intentions.js';
import type { OpenDrift } from './track-drift.js';

const web = service('web', { healthCheck: CHECK });
const failing = (consecutiveFailures: number) =>
  replica(web, 0, { health: { status: 'unhealthy', consecutiveFailures } });

const context: DriftContext = {
  mode: 'auto',
  restartThreshold: 3,
  observed: [{ host: 'h', replica: failing(3) }],
  isUnknownHost: (host) => host === 'silent',
  leftToRuntimeUntil: () => undefined,
  orphan: { prune: false, message: 'kept' },
};

function open(change: Partial<DriftRecord>, number = 0): OpenDrift {
  return {
    difference: 'd',
    causeKey: 'd|1',
    replica: number,
    record: {
      id: 'drift-1',
      resource: id('default/web'),
      host: 'h',
      type: 'missing',
      class: 'corrective',
      path: '',
      desired: null,
      observed: null,
      severity: 'warning',
      score: 50,
      detectedAt: T0,
      updatedAt: T0,
      correlationId: 'c',
      state: 'open',
      ...change,
    },
  };
}

const intend = (drift: OpenDrift, change: Partial<DriftContext> = {}) => {
  const [intention] = driftIntentions([drift], { ...context, ...change });
  return intention?.kind === 'wish' ? intention.action : intention?.code;
};

describe('what a difference asks for', () => {
  it.each([
    ['missing', 'start'],
    ['replicas', 'stop'],
    ['config', 'update'],
    ['image', 'update'],
    ['resources', 'update'],
    ['unit-state', 'update'],
    ['file-content', 'update'],
    ['file-mode', 'update'],
    ['health', 'restart'],
    ['orphaned', 'orphan-kept'],
    ['conflict', 'conflict'],
    ['unreachable', 'unknown-state'],
  ] as const)('%s: %s', (type, expected) => {
    expect(intend(open({ type }))).toBe(expected);
  });

  it('adopt for what runs without being looked after', () => {
    expect(intend(open({ type: 'missing', path: '/adopt' }))).toBe('adopt');
  });

  it('nothing for what its runtime is about to start again, unless another manifest is due', () => {
    const leftToRuntimeUntil = () => T0 + 1_000;
    const [left] = driftIntentions([open({})], { ...context, leftToRuntimeUntil });
    expect(left).toMatchObject({ code: 'runtime-restarts', nextAttemptAt: T0 + 1_000 });
    expect(intend(open({ class: 'intentional' }), { leftToRuntimeUntil })).toBe('start');
    expect(intend(open({}, 1), { leftToRuntimeUntil })).toBe('start');
  });

  it.each(['missing', 'replicas', 'config', 'health', 'orphaned'] as const)(
    'nothing for %s on a host of which nothing is known',
    (type) => {
      const orphan = { prune: true, message: '' };
      expect(intend(open({ type, host: 'silent' }), { orphan })).toBe('unknown-state');
    },
  );

  it('nothing for a replica that no host can take', () => {
    const { host: _host, ...record } = open({}).record;
    expect(intend({ ...open({}), record })).toBe('unplaced');
  });

  it.each([
    [2, 'below-restart-threshold'],
    [3, 'restart'],
    [4, 'restart'],
  ])('after %i failed checks: %s', (failures, expected) => {
    const observed = [{ host: 'h', replica: failing(failures) }];
    expect(intend(open({ type: 'health' }), { observed })).toBe(expected);
  });

  it('the end of an orphan whose manifest asked for that', () => {
    const orphan = { prune: true, message: '' };
    expect(intend(open({ type: 'orphaned' }), { orphan })).toBe('stop');
  });

  it('names the launch that it saw', () => {
    const [wish] = driftIntentions([open({ type: 'config' })], context);
    expect(wish).toMatchObject({
      targets: [{ replica: 0, host: 'h', instance: 'web-0-a' }],
      cause: { kind: 'drift', key: 'd|1', driftId: 'drift-1' },
      correlationId: 'c',
    });
    const [never] = driftIntentions([open({}, 1)], context);
    expect(never).toMatchObject({ targets: [{ replica: 1, host: 'h' }] });
  });
});
