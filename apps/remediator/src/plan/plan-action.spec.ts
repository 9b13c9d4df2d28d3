import type {
  ActionRequest,
  ObservedContainer,
  Operation,
  ReplicaObservation,
} from '@vigil/contracts';
import type { Service, ServiceSpec } from '@vigil/manifests';
import fc from 'fast-check';
import { containerConfig } from '../testing/container.js';
import {
  digest,
  DIGEST,
  driftCause,
  health,
  HOST,
  observation,
  operator,
  policyCause,
  request,
  service,
  target,
} from '../testing/fixtures.js';
import { CHECK } from '../testing/scenario.js';
import { maxUnavailableOf, planAction, type PlanOutcome } from './plan-action.js';
import { launchKey, placeKey } from './replica-facts.js';

function plan(
  wanted: Partial<ActionRequest>,
  observed: readonly ReplicaObservation[],
  specs: Readonly<Record<string, Service>> = {},
): PlanOutcome {
  const full = request(wanted);
  return planAction({
    request: full,
    targets: full.targets,
    facts: new Map(observed.map((one) => [placeKey({ host: HOST, replica: one.replica }), one])),
    specs: new Map(Object.entries(specs)),
  });
}

function operationsOf(outcome: PlanOutcome): Operation[] {
  if (outcome.kind !== 'planned') throw new Error(`refused: ${outcome.message}`);
  return outcome.plan.operations.map(({ operation }) => operation);
}

function skippedOf(outcome: PlanOutcome): string[] {
  return outcome.kind === 'planned' ? outcome.skipped.map(({ why }) => why) : [];
}

const hung = observation({ health: health('unhealthy', { message: 'timed out' }) });
const healthRestart = {
  action: 'restart',
  causes: [driftCause('hung', 'health')],
  targets: [target(0, { instance: 'launch-1' })],
} satisfies Partial<ActionRequest>;

describe('start', () => {
  it('starts what is not there and what has ended, and nothing that lives', () => {
    const outcome = plan({ targets: [target(2), target(0), target(1)] }, [
      observation({ replica: 0, state: 'exited' }),
      observation({ replica: 1 }),
    ]);
    expect(operationsOf(outcome)).toMatchObject([
      { kind: 'start', replica: 0, precondition: { kind: 'absent' }, specDigest: DIGEST },
      { kind: 'start', replica: 2, precondition: { kind: 'absent' }, specDigest: DIGEST },
    ]);
    expect(skippedOf(outcome)).toEqual(['healed']);
  });

  it('is refused without a manifest', () => {
    expect(plan({ service: undefined }, [])).toMatchObject({
      kind: 'refused',
      code: 'no-manifest',
    });
  });
});

describe('restart', () => {
  it('kills a hung launch soon, and only that launch', () => {
    expect(operationsOf(plan(healthRestart, [hung]))).toMatchObject([
      {
        kind: 'restart',
        precondition: { kind: 'instance', instance: 'launch-1' },
        gracePeriodMs: 200,
      },
    ]);
  });

  it.each<[string, Partial<ActionRequest>, ReplicaObservation[], string]>([
    ['it answers again', healthRestart, [observation({ health: health('healthy') })], 'healed'],
    ['another launch runs', healthRestart, [{ ...hung, instance: 'launch-2' }], 'changed'],
    ['it has ended', healthRestart, [observation({ state: 'exited' })], 'changed'],
    ['it has gone', healthRestart, [], 'changed'],
  ])('does nothing when %s', (_case, wanted, observed, why) => {
    const outcome = plan(wanted, observed);
    expect(operationsOf(outcome)).toEqual([]);
    expect(skippedOf(outcome)).toEqual([why]);
  });

  it('restarts a stopped process (state T) although its last check was good', () => {
    const suspended = observation({ suspended: true, health: health('healthy') });
    expect(operationsOf(plan(healthRestart, [suspended]))).toHaveLength(1);
  });

  it('restarts a healthy replica for a policy, with time to end in order', () => {
    const wanted = { ...healthRestart, causes: [policyCause('leak')] };
    const outcome = plan(wanted, [observation({ health: health('healthy') })]);
    expect(operationsOf(outcome)).toMatchObject([{ kind: 'restart', gracePeriodMs: 500 }]);
  });

  it('does for a person what is asked for, whatever is there', () => {
    const wanted = { ...healthRestart, operator: operator() };
    expect(operationsOf(plan(wanted, [observation({ instance: 'other' })]))).toMatchObject([
      { kind: 'restart', precondition: { kind: 'instance', instance: 'other' } },
    ]);
    expect(operationsOf(plan(wanted, []))).toMatchObject([{ kind: 'start' }]);
  });
});

describe('stop', () => {
  it('removes what is in excess, from the highest replica down', () => {
    const outcome = plan({ action: 'stop', targets: [target(1), target(2)] }, [
      observation({ replica: 1, state: 'exited' }),
      observation({ replica: 2, instance: 'launch-9' }),
    ]);
    expect(operationsOf(outcome)).toMatchObject([
      { kind: 'stop', replica: 2, forget: true, precondition: { instance: 'launch-9' } },
      { kind: 'stop', replica: 1, forget: true, precondition: { kind: 'absent' } },
    ]);
  });

  it('keeps what a person stops known to its host', () => {
    const wanted = { action: 'stop', operator: operator() } as const;
    expect(operationsOf(plan(wanted, [observation()]))).toMatchObject([{ forget: false }]);
    expect(skippedOf(plan(wanted, [observation({ state: 'exited' })]))).toEqual(['healed']);
  });

  it('keeps what runs again of what a person stopped known to its host as well', () => {
    const outcome = plan({ action: 'stop', keepsKnown: true }, [observation()]);
    expect(operationsOf(outcome)).toMatchObject([{ kind: 'stop', forget: false }]);
  });

  it('ends what its engine is about to start again, when a person stops it', () => {
    const wanted = { action: 'stop', operator: operator() } as const;
    const looping = observation({ state: 'exited', restarting: true });
    expect(operationsOf(plan(wanted, [looping]))).toMatchObject([
      { kind: 'stop', forget: false, precondition: { kind: 'any' } },
    ]);
    expect(operationsOf(plan({ action: 'stop' }, [looping]))).toMatchObject([
      { kind: 'stop', forget: true, precondition: { kind: 'absent' } },
    ]);
  });

  it('dismisses what a person stops and no source declares, also when it has ended', () => {
    const wanted = { action: 'stop', operator: operator(), service: undefined } as const;
    expect(operationsOf(plan(wanted, [observation()]))).toMatchObject([{ forget: true }]);
    expect(operationsOf(plan(wanted, [observation({ state: 'exited' })]))).toMatchObject([
      { kind: 'stop', forget: true, precondition: { kind: 'absent' } },
    ]);
  });

  it('needs no manifest: what left Git can be cleaned up', () => {
    const outcome = plan({ action: 'stop', service: undefined }, [observation()]);
    expect(operationsOf(outcome)).toMatchObject([{ kind: 'stop', gracePeriodMs: 10_000 }]);
  });
});

describe('update', () => {
  const OLD = digest('b');
  const old = observation({ specDigest: OLD });
  const update = {
    action: 'update',
    causes: [driftCause('spec', 'config')],
    targets: [target(0, { instance: 'launch-1', observedDigest: OLD })],
  } satisfies Partial<ActionRequest>;

  it.each<[string, Service | undefined, Operation['kind']]>([
    ['the command changed', service({ command: ['node', 'other.js'] }), 'restart'],
    ['a variable changed', service({ env: { MODE: 'old' } }), 'restart'],
    ['only the stop period changed', service({ stopGracePeriodMs: 1 }), 'reconfigure'],
    ['only the number of replicas changed', service({ replicas: 7 }), 'reconfigure'],
    ['the old manifest is not known any more', undefined, 'restart'],
  ])('when %s', (_case, previous, kind) => {
    const specs = previous === undefined ? {} : { [OLD]: previous };
    expect(operationsOf(plan(update, [old], specs))).toMatchObject([{ kind, specDigest: DIGEST }]);
  });

  it('leaves alone what runs the desired manifest already', () => {
    expect(skippedOf(plan(update, [observation()]))).toEqual(['healed']);
  });

  it('launches again what runs the desired manifest in a wrong way', () => {
    const wanted = {
      ...update,
      targets: [target(0, { instance: 'launch-1', observedDigest: DIGEST })],
    };
    const { config } = observation();
    const wrong = observation({ config: { ...config, env: { MODE: 'by-hand' } } });
    expect(operationsOf(plan(wanted, [wrong]))).toMatchObject([{ kind: 'restart' }]);
    expect(skippedOf(plan(wanted, [observation()]))).toEqual(['healed']);
  });

  it('launches again for a person what runs the desired manifest as it should', () => {
    const wanted = {
      ...update,
      targets: [target(0, { instance: 'launch-1', observedDigest: DIGEST })],
      causes: [{ kind: 'operator', key: 'k', actor: 'ada', reason: 'why' }] as const,
      operator: operator(),
    };
    const asked = { ...wanted, causes: [...wanted.causes] };
    expect(operationsOf(plan(asked, [observation()]))).toMatchObject([{ kind: 'restart' }]);
    expect(operationsOf(plan(asked, [observation({ instance: 'launch-2' })]))).toEqual([]);
  });

  describe('of a container', () => {
    const docker = (spec: Partial<ServiceSpec> = {}) =>
      service({ runtime: 'docker', image: 'nginx:1.27', resources: { cpuCores: 1 }, ...spec });
    const made = (
      from: Service,
      container: Partial<ObservedContainer> = {},
      more: Partial<ReplicaObservation> = {},
    ) => observation({ runtime: 'docker', config: containerConfig(from, container), ...more });
    const sameDigest = {
      ...update,
      service: docker(),
      targets: [target(0, { instance: 'launch-1', observedDigest: DIGEST })],
    };

    it.each<[string, Partial<ObservedContainer>, Operation['kind']]>([
      ['limits', { resources: { cpuCores: 2 } }, 'reconfigure'],
      ['a limit that was taken away', { resources: {} }, 'reconfigure'],
      ['the restart policy', { restartPolicy: 'no' }, 'reconfigure'],
      ['limits and another field', { resources: {}, entrypoint: ['sh'] }, 'restart'],
    ])('takes back what was changed by hand: %s', (_case, container, kind) => {
      const wanted = { ...sameDigest, service: docker({ entrypoint: ['/run'] }) };
      const seen = made(wanted.service, container);
      expect(operationsOf(plan(wanted, [seen]))).toMatchObject([{ kind, specDigest: DIGEST }]);
    });

    it('makes it anew when its tag was moved', () => {
      const image = { reference: 'nginx:1.27', id: 'sha256:a', currentId: 'sha256:b' };
      const seen = made(docker(), { image: { ...image, repoDigests: [] } });
      expect(operationsOf(plan(sameDigest, [seen]))).toMatchObject([{ kind: 'restart' }]);
    });

    it('makes it by a good image, while the resource is held on it: its own before others', () => {
      const ownImage = { id: 'sha256:own', repoDigests: [] };
      const good = [{ id: 'sha256:elsewhere', repoDigests: [] }, ownImage];
      const image = { reference: 'nginx:1.27', currentId: 'sha256:bad', repoDigests: [] };
      const held = { ...sameDigest, images: good };
      const own = made(docker(), { image: { ...image, id: 'sha256:own' } });
      expect(skippedOf(plan(held, [own]))).toEqual(['healed']);
      const bad = made(docker(), { image: { ...image, id: 'sha256:bad' } });
      expect(operationsOf(plan(held, [bad]))).toMatchObject([{ kind: 'restart', images: good }]);
      const lost = target(0, { observedDigest: DIGEST, observedImage: ownImage });
      const start = { ...held, action: 'start' as const, targets: [lost] };
      expect(operationsOf(plan(start, []))).toMatchObject([
        { kind: 'start', images: [...good].reverse() },
      ]);
    });

    it('tells a host the manifest of which it has lost the record, before anything else', () => {
      const seen = made(docker(), {}, { unrecorded: true });
      const digests = { ...seen.config, env: { X: { digest: '0'.repeat(32) } } };
      const wanted = { ...sameDigest, service: docker({ env: { X: '1' } }) };
      expect(operationsOf(plan(wanted, [{ ...seen, config: digests }]))).toMatchObject([
        { kind: 'reconfigure' },
      ]);
    });

    it.each<[string, Partial<ServiceSpec>, Partial<ServiceSpec>, Operation['kind']]>([
      ['other limits', {}, { resources: { cpuCores: 2, memoryBytes: 1e9 } }, 'reconfigure'],
      ['another check', {}, { healthCheck: CHECK }, 'reconfigure'],
      ['a limit less', { resources: { cpuCores: 1, memoryBytes: 1e9 } }, {}, 'restart'],
      ['another image', {}, { image: 'nginx:1.28' }, 'restart'],
      ['another label', {}, { labels: { team: 'web' } }, 'restart'],
    ])('rolls out %s', (_case, before, after, kind) => {
      const previous = docker(before);
      const wanted = { ...update, service: docker(after) };
      const seen = made(previous, {}, { specDigest: OLD });
      expect(operationsOf(plan(wanted, [seen], { [OLD]: previous }))).toMatchObject([
        { kind, specDigest: DIGEST },
      ]);
    });

    it('makes it anew when its host could not change it in place, and only that launch', () => {
      const seen = made(docker(), { resources: {} });
      const planned = (instance: string) => {
        const full = request(sameDigest);
        return planAction({
          request: full,
          targets: full.targets,
          facts: new Map([[placeKey(target()), { ...seen, instance }]]),
          specs: new Map(),
          history: [{}, { unchangeable: new Set([launchKey(target(), 'launch-1')]) }],
        });
      };
      expect(operationsOf(planned('launch-1'))).toMatchObject([{ kind: 'restart' }]);
      expect(operationsOf(planned('launch-2'))).toMatchObject([{ kind: 'reconfigure' }]);
    });

    it('makes it anew when a roll-out in place meets a change by hand', () => {
      const previous = docker({ readOnly: true });
      const next = docker({ readOnly: true, resources: { cpuCores: 2 } });
      const seen = made(previous, { readOnly: false }, { specDigest: OLD });
      const outcome = plan({ ...update, service: next }, [seen], { [OLD]: previous });
      expect(operationsOf(outcome)).toMatchObject([{ kind: 'restart' }]);
    });
  });

  it('starts what does not run', () => {
    expect(operationsOf(plan(update, []))).toMatchObject([{ kind: 'start' }]);
  });
});

describe('scale', () => {
  const scalable = service({ replicas: 2, scale: { min: 1, max: 4 } });

  it('starts what is below the number and removes what is above', () => {
    const scale = { action: 'scale', service: scalable } as const;
    const up = { ...scale, replicas: 3, targets: [target(2)] };
    expect(operationsOf(plan(up, []))).toMatchObject([{ kind: 'start', replica: 2 }]);
    const down = { ...up, replicas: 1, targets: [target(1)] };
    expect(operationsOf(plan(down, [observation({ replica: 1 })]))).toMatchObject([
      { kind: 'stop', replica: 1, forget: true },
    ]);
  });

  it.each([
    ['no-scale', service(), 3],
    ['no-replicas', scalable, undefined],
    ['scale-limits', scalable, 5],
    ['scale-limits', scalable, 0],
  ])('is refused: %s', (code, manifest, replicas) => {
    expect(plan({ action: 'scale', service: manifest, replicas }, [])).toMatchObject({ code });
  });
});

describe('a plan for very many replicas', () => {
  it('takes as many as one message holds, in their order', () => {
    const targets = Array.from({ length: 2_000 }, (_none, replica) => target(replica));
    const outcome = plan({ targets, service: service({ env: { LARGE: 'x'.repeat(2_000) } }) }, []);
    const operations = operationsOf(outcome);
    expect(operations.map(({ replica }) => replica)).toEqual([...operations.keys()]);
    expect(operations.length).toBeGreaterThan(100);
    expect(JSON.stringify(outcome).length).toBeLessThan(1024 * 1024);
  });

  it('takes at least one, however large its manifest', () => {
    const large = service({ env: { LARGE: 'x'.repeat(700_000) } });
    expect(
      operationsOf(plan({ targets: [target(0), target(1)], service: large }, [])),
    ).toHaveLength(1);
  });
});

describe('the hash of a plan', () => {
  const hashOf = (outcome: PlanOutcome) => (outcome.kind === 'planned' ? outcome.plan.hash : '');

  it('does not depend on the launch that is there', () => {
    const wanted = { ...healthRestart, operator: operator() };
    const first = plan(wanted, [observation({ instance: 'x', health: health('unhealthy') })]);
    const second = plan(wanted, [observation({ instance: 'y', health: health('unhealthy') })]);
    expect(hashOf(first)).toBe(hashOf(second));
    expect(hashOf(first)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<ActionRequest>]>([
    ['the desired digest', { desiredDigest: digest('c') }],
    ['the targets', { targets: [target(0), target(1)] }],
    ['the host', { targets: [{ replica: 0, host: 'host-b' }] }],
    ['exactly which image', { images: [{ id: 'sha256:a', repoDigests: [] }] }],
  ])('depends on %s', (_case, change) => {
    expect(hashOf(plan(change, []))).not.toBe(hashOf(plan({}, [])));
  });

  it('does not depend on the order of the targets', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (order) => {
        const outcome = plan({ targets: order.map((replica) => target(replica)) }, []);
        const sorted = plan({ targets: [0, 1, 2, 3].map((replica) => target(replica)) }, []);
        expect(hashOf(outcome)).toBe(hashOf(sorted));
      }),
    );
  });
});

describe('maxUnavailable', () => {
  it.each([
    [1, 3, 1],
    ['25%', 8, 2],
    ['25%', 3, 1],
    ['100%', 3, 3],
    [2, 1, 2],
  ])('%s of %s replicas is %s', (maxUnavailable, replicas, expected) => {
    expect(maxUnavailableOf({ service: service({ replicas }, { maxUnavailable }) })).toBe(expected);
  });
});
