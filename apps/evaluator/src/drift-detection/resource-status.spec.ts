import type { DriftRecord, ReplicaObservation } from '@vigil/contracts';
import { CHECK, digestOf, id, replica, service, T0 } from '../testing/fixtures.js';
import { isSameStatus, resourceStatus, type StatusInput } from './resource-status.js';

const web = service('web', { replicas: 2, healthCheck: CHECK });
const unhealthy: Partial<ReplicaObservation> = {
  health: { status: 'unhealthy', consecutiveFailures: 3, message: 'timed out' },
};
const starting: Partial<ReplicaObservation> = {
  health: { status: 'starting', consecutiveFailures: 0 },
};
const exited: Partial<ReplicaObservation> = { state: 'exited' };
const seen = (...changes: Partial<ReplicaObservation>[]) =>
  changes.map((change, number) => ({ host: 'h', replica: replica(web, number, change) }));

const drift = (type: DriftRecord['type']): DriftRecord => ({
  id: type,
  resource: id('default/web'),
  host: 'h',
  type,
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
});

const input = (change: Partial<StatusInput>): StatusInput => ({
  resource: id('default/web'),
  source: 'git',
  effective: { service: web, digest: digestOf(web), stopped: false, hold: undefined },
  whyUnknown: undefined,
  drift: [],
  observed: seen({}, {}),
  progress: [],
  isUnknownHost: () => false,
  stopped: undefined,
  isBusy: false,
  now: T0,
  ...change,
});

const stoppedReplicas: Partial<StatusInput> = {
  effective: {
    service: service('web', { replicas: 0 }),
    digest: digestOf(web),
    stopped: true,
    hold: undefined,
  },
  observed: seen({ state: 'stopped' }),
};
const hold = { failedDigest: digestOf(web), heldDigest: digestOf('good'), actionId: 'a' };
const control = { active: true, reason: 'r', actor: 'a', at: T0 };

const cases: [string, Partial<StatusInput>, string, string][] = [
  ['all is well', {}, 'Synced', 'Healthy'],
  ['a replica starts', { observed: seen({}, starting) }, 'Synced', 'Progressing'],
  [
    'a replica is unhealthy',
    { drift: [drift('health')], observed: seen({}, unhealthy) },
    'Synced',
    'Degraded',
  ],
  [
    'a replica is missing',
    { drift: [drift('missing')], observed: seen({}, exited) },
    'OutOfSync',
    'Degraded',
  ],
  [
    'a missing replica is being started',
    { drift: [drift('missing')], observed: seen({}, exited), isBusy: true },
    'OutOfSync',
    'Progressing',
  ],
  [
    'no replica runs',
    { drift: [drift('missing')], observed: seen(exited, exited) },
    'OutOfSync',
    'Missing',
  ],
  ['a replica differs', { drift: [drift('config')] }, 'OutOfSync', 'Healthy'],
  [
    'a host is unreachable',
    { drift: [drift('unreachable')], isUnknownHost: () => true },
    'Unknown',
    'Unknown',
  ],
  [
    'a host is unreachable, and elsewhere something differs',
    { drift: [drift('unreachable'), drift('config')] },
    'OutOfSync',
    'Unknown',
  ],
  ['a person stopped it', stoppedReplicas, 'Synced', 'Suspended'],
  ['a person suspended it', { stopped: { scope: 'resource', control } }, 'Synced', 'Suspended'],
  ['a person stopped the world', { stopped: { scope: 'system', control } }, 'Synced', 'Healthy'],
  [
    'it was rolled back',
    { effective: { service: web, digest: digestOf('good'), stopped: false, hold } },
    'OutOfSync',
    'Degraded',
  ],
  [
    'the desired state is lost',
    { effective: undefined, whyUnknown: 'the desired state is not loaded' },
    'Unknown',
    'Unknown',
  ],
  [
    'it left Git, and still runs',
    { effective: undefined, drift: [drift('orphaned')] },
    'OutOfSync',
    'Unknown',
  ],
  ['it left Git, and is gone', { effective: undefined, observed: [] }, 'Synced', 'Missing'],
  [
    'nothing is wanted of it',
    {
      effective: {
        service: service('web', { replicas: 0 }),
        digest: digestOf(web),
        stopped: false,
        hold: undefined,
      },
      observed: [],
    },
    'Synced',
    'Healthy',
  ],
];

describe('the status of a resource', () => {
  it.each(cases)('when %s', (_name, change, sync, health) => {
    const status = resourceStatus(input(change));
    expect([status.sync, status.health]).toEqual([sync, health]);
    const isFine = sync === 'Synced' && health === 'Healthy';
    const { message: said } = status;
    expect(said === undefined).toBe(isFine);
  });

  it('says of a host that is silent only that nothing is known', () => {
    const { replicas, readyReplicas } = resourceStatus(input({ isUnknownHost: () => true }));
    expect(readyReplicas).toBe(0);
    expect(replicas[0]).toMatchObject({ state: 'unknown', health: 'unknown' });
    expect(replicas[0]).not.toHaveProperty('pid');
  });

  it('takes nothing that has ended for healthy, or for about to be', () => {
    const { replicas } = resourceStatus(input({ observed: seen({ ...starting, ...exited }) }));
    expect(replicas[0]).toMatchObject({ state: 'exited', health: 'unhealthy' });
  });

  it('says what the engine is about to start again, and how that ended', () => {
    const ended = { ...exited, restarting: true, exitCode: 137 };
    const { health, message } = resourceStatus(
      input({ drift: [drift('missing')], observed: seen({}, ended) }),
    );
    expect(health).toBe('Degraded');
    expect(message).toBe(
      '1 of 2 replicas are ready; replica 1 on h: ended with exit code 137, its engine is about to start it again',
    );
    const silent = input({ observed: seen({}, ended), isUnknownHost: () => true });
    expect(resourceStatus(silent).message).not.toContain('engine');
  });

  it('says what was to be taken over and is not there', () => {
    const adopting = service('web', { replicas: 2, adopt: ['shop-web-1', 'shop-web-2'] });
    const effective = { service: adopting, digest: digestOf(adopting), stopped: false };
    const messageOf = (change: Partial<StatusInput>) =>
      resourceStatus(input({ effective: { ...effective, hold: undefined }, ...change })).message;
    const missing = { ...drift('missing'), path: '/replicas' };
    expect(messageOf({ drift: [missing], observed: [] })).toBe(
      'none of 2 replicas runs; no container shop-web-1, shop-web-2 is there to be taken over',
    );
    expect(messageOf({ drift: [missing], observed: seen({}) })).toBe(
      '1 of 2 replicas are ready; no container shop-web-2 is there to be taken over',
    );
    const gone = { drift: [missing], observed: seen({}, exited) };
    expect(messageOf(gone)).toBe('1 of 2 replicas are ready');
    const waiting = { ...missing, path: '/adopt' };
    expect(messageOf({ drift: [missing, waiting], observed: [] })).toBe('none of 2 replicas runs');
    const { host: _host, ...unplaced } = missing;
    for (const other of [drift('unreachable'), drift('conflict'), unplaced]) {
      expect(messageOf({ drift: [missing, other], observed: [] })).not.toContain('taken over');
    }
  });

  it('says nothing of the health of what is kept down on purpose', () => {
    const stopped = { ...exited, state: 'stopped' } as const;
    const { replicas } = resourceStatus(input({ observed: seen({ ...starting, ...stopped }) }));
    expect(replicas[0]).toMatchObject({ state: 'stopped', health: 'none' });
  });

  it('lists a few of the images that it is held on', () => {
    const ids = (what: string) =>
      [0, 1, 2, 3, 4].map((n) => ({ id: `sha256:${what}${n}`, host: 'h' }));
    const hold = {
      failedDigest: 'd',
      heldDigest: 'd',
      images: ids('a').map(({ id }) => ({ id, repoDigests: [] })),
      failedImages: ids('b'),
      actionId: 'x',
    };
    const { message } = resourceStatus(
      input({ effective: { service: web, digest: digestOf(web), stopped: false, hold } }),
    );
    expect(message).toMatch(
      /\(sha256:a0, sha256:a1, sha256:a2 and 2 more\).*\(sha256:b0, .* and 2 more\)/,
    );
  });

  it('says what takes its time, beside what is wrong', () => {
    const { message } = resourceStatus(
      input({
        drift: [drift('missing')],
        observed: seen({}, exited),
        isBusy: true,
        progress: [{ host: 'h', replica: 1, what: 'pulling web:2: 3.0 of 40.0 MiB' }],
      }),
    );
    expect(message).toBe('an action is under way; replica 1 on h: pulling web:2: 3.0 of 40.0 MiB');
  });

  it('says of a few replicas what takes its time, however many there are', () => {
    const progress = Array.from({ length: 1_000 }, (_, replica) => ({
      host: `h${replica}`,
      replica,
      what: 'pulling web:2',
    }));
    const { message } = resourceStatus(input({ progress }));
    expect(message).toMatch(/^replica 0 on h0: pulling web:2; .*; and 997 more replicas$/);
    expect(message?.length).toBeLessThan(200);
  });

  it('is no news when only time has passed', () => {
    const status = resourceStatus(input({}));
    expect(isSameStatus(status, resourceStatus(input({ now: T0 + 9 })))).toBe(true);
    expect(isSameStatus(status, resourceStatus(input({ observed: seen({}) })))).toBe(false);
    expect(isSameStatus(undefined, status)).toBe(false);
  });
});
