import {
  containerName,
  type ObservedContainer,
  type ReplicaObservation,
  type StateObserved,
} from '@vigil/contracts';
import type { Service, ServiceSpec } from '@vigil/manifests';
import { contained } from '../testing/container-fixtures.js';
import { EvaluatorModel } from '../testing/evaluator-model.js';
import { digestOf, id, service, T0 } from '../testing/fixtures.js';

const web = service('web', {
  runtime: 'docker',
  image: 'nginx:1.27',
  command: undefined,
  resources: { cpuCores: 0.5 },
  ports: [{ port: 80, hostPort: 8080 }],
});
const INSTALLATION = 'here';
const engine: Partial<StateObserved> = { runtimes: ['docker'], installation: INSTALLATION };

function model(replicas: readonly ReplicaObservation[], change: Partial<StateObserved> = {}) {
  const made = new EvaluatorModel(web);
  made.declare();
  made.observe('h', replicas, { ...engine, ...change });
  return made;
}

const dead = () => contained(web, 0, {}, { state: 'exited' });

describe('a container that differs', () => {
  it('is none when it is as its manifest says', () => {
    const { drift, request, status } = model([contained(web)]).evaluate();
    expect([drift, request]).toEqual([[], undefined]);
    expect(status).toMatchObject({ sync: 'Synced', health: 'Healthy' });
  });

  it.each<[string, Partial<ObservedContainer>, string]>([
    ['limits that were changed', { resources: { cpuCores: 2 } }, 'resources'],
    [
      'a tag that was moved',
      {
        image: {
          reference: 'nginx:1.27',
          id: 'sha256:old',
          currentId: 'sha256:new',
          repoDigests: [],
        },
      },
      'image',
    ],
    ['another policy', { restartPolicy: 'no' }, 'config'],
  ])('%s: updated', (_what, container, type) => {
    const { drift, request, status } = model([contained(web, 0, container)]).evaluate();
    expect(drift).toMatchObject([{ record: { type, class: 'corrective' } }]);
    expect(request).toMatchObject({
      action: 'update',
      targets: [{ replica: 0, host: 'h', instance: 'web-0-a', observedDigest: digestOf(web) }],
    });
    expect(status).toMatchObject({ sync: 'OutOfSync', health: 'Healthy' });
  });

  it('is updated when its host has no record of it', () => {
    const { request, drift } = model([contained(web, 0, {}, { unrecorded: true })]).evaluate();
    expect(drift).toMatchObject([{ record: { type: 'config', path: '' } }]);
    expect(request?.action).toBe('update');
  });
});

describe('who changed it', () => {
  const at = T0 + 60_000;
  const change = { lastForeignChange: { at, what: 'kill (signal 9)' } };
  const said = 'kill (signal 9), not by Vigil, at 2025-11-21T04:41:00.000Z';
  const recordOf = (made: EvaluatorModel) => made.evaluate().drift.at(-1)?.record;

  it('is told with a container that died', () => {
    expect(recordOf(model([{ ...dead(), ...change }]))?.attribution).toBe(said);
  });

  it('is told with one that was made anew', () => {
    const seen = contained(web, 0, { resources: {} }, { ...change, startedAt: at + 400 });
    expect(recordOf(model([seen]))?.attribution).toBe(said);
  });

  it.each<[string, Partial<ReplicaObservation>, Partial<ServiceSpec>]>([
    ['what was done to an earlier launch', { state: 'exited', startedAt: at + 400 }, {}],
    ['what was done long before', { startedAt: at + 60_000 }, { readOnly: true }],
    ['a roll-out', { specDigest: digestOf('before') }, { readOnly: true }],
  ])('is not told with %s', (_what, seen, spec) => {
    const made = new EvaluatorModel(service('web', { ...web.spec, ...spec }));
    made.declare();
    made.observe('h', [contained(web, 0, {}, { ...change, ...seen })], engine);
    const { drift } = made.evaluate();
    expect(drift).toHaveLength(1);
    expect(drift[0]?.record.attribution).toBeUndefined();
  });

  it('is not told with a tag that was moved after somebody had started the container', () => {
    const image = { reference: 'nginx:1.27', id: 'sha256:old', repoDigests: [] };
    const moved = { image: { ...image, currentId: 'sha256:new' } };
    const record = recordOf(model([contained(web, 0, moved, { ...change, startedAt: at + 400 })]));
    expect(record).toMatchObject({ type: 'image' });
    expect(record?.attribution).toBeUndefined();
  });

  it('is told as soon as the host knows, and remembered when it does not know any more', () => {
    const made = model([dead()]);
    expect(recordOf(made)?.attribution).toBeUndefined();
    made.observe('h', [{ ...dead(), ...change }], engine);
    expect(made.evaluate().drift).toMatchObject([
      { kind: 'updated', record: { attribution: said } },
    ]);
    made.observe('h', [dead()], engine);
    expect(made.evaluate().drift).toEqual([]);
    made.observe('h', [contained(web)], engine);
    expect(made.evaluate().drift).toMatchObject([
      { kind: 'resolved', record: { attribution: said } },
    ]);
  });
});

describe('a container that its engine is about to start again', () => {
  const EXITED = { state: 'exited', restarting: true, exitedAt: T0 } as const;
  const other = { reference: 'nginx:1.27', id: 'sha256:other', repoDigests: [] };
  const withVariable = (seen: ReplicaObservation) => {
    const env = { ...seen.config.env, TYPED: { digest: '0'.repeat(32) } };
    return { ...seen, config: { ...seen.config, env } };
  };

  it.each<[string, ReplicaObservation, string | undefined]>([
    ['is left to it', contained(web, 0, {}, EXITED), undefined],
    [
      'is left to it, with limits that can be changed later',
      contained(web, 0, { resources: { memoryBytes: 9 } }, EXITED),
      undefined,
    ],
    ['is not when it is made otherwise', withVariable(contained(web, 0, {}, EXITED)), 'start'],
    [
      'is not when its tag names another image now',
      contained(web, 0, { image: { ...other, currentId: 'sha256:moved' } }, EXITED),
      'start',
    ],
  ])('%s', (_what, seen, expected) => {
    const { request, decisions } = model([seen]).evaluate();
    expect(request?.action).toBe(expected);
    if (expected === undefined) expect(decisions).toMatchObject([{ code: 'runtime-restarts' }]);
  });

  it.each([1_000, 4_999, 5_000, 5_003])(
    'is decided about once, however long each word of its host is on its way: %d ms ago',
    (ago) => {
      const seen = contained(web, 0, {}, { ...EXITED, exitedAt: T0 - ago });
      const made = model([seen]);
      expect(made.evaluate().decisions).toMatchObject([{ code: 'runtime-restarts' }]);
      for (const late of [7, 1, 0, 12]) {
        made.now += 1_000;
        made.observe('h', [seen], { ...engine, observedAt: made.now - late });
        expect(made.evaluate().decisions).toEqual([]);
      }
    },
  );

  it('is decided about once, also when another one is left to its own engine until the same moment', () => {
    const two = service('web', { ...web.spec, replicas: 2 });
    const made = new EvaluatorModel(two);
    const observe = (late: readonly [number, number]) => {
      for (const [replica, host] of ['h', 'i'].entries()) {
        const seen = contained(two, replica, {}, { ...EXITED, exitedAt: T0 - 1_000 });
        const observedAt = made.now - (late[replica] ?? 0);
        made.observe(host, [seen], { ...engine, observedAt });
      }
    };
    made.declare(two);
    observe([3, 7]);
    const codes = made.evaluate().decisions.map(({ code }) => code);
    expect(codes).toEqual(['runtime-restarts', 'runtime-restarts']);
    for (const late of [
      [4, 4],
      [7, 3],
    ] as const) {
      made.now += 1_000;
      observe(late);
      expect(made.evaluate().decisions).toEqual([]);
    }
  });
});

describe('a container that a person stopped', () => {
  it('is stopped again when it is started by hand, and stays where it is', () => {
    const made = model([contained(web)]);
    made.evaluate();
    made.stop();
    made.observe('h', [contained(web, 0, {}, { instance: 'by hand' })], engine);
    expect(made.evaluate().request).toMatchObject({ action: 'stop', keepsKnown: true });
  });

  it('is removed when it is no longer wanted', () => {
    const made = model([contained(web), contained(web, 1)]);
    expect(made.evaluate().request).toMatchObject({ action: 'stop', targets: [{ replica: 1 }] });
    expect(made.requests.at(-1)?.keepsKnown).toBeUndefined();
  });
});

describe('a container that was to be taken over and is gone', () => {
  const adopting = service('web', { ...web.spec, adopt: ['shop-web-1'] });
  const running = { id: 'c2', name: 'shop-web-1', image: 'nginx:1.27', hostPorts: [8080] };
  const evaluate = (declared: Service, unmanaged: StateObserved['unmanaged']) => {
    const made = new EvaluatorModel(declared);
    made.declare();
    made.observe('h', [contained(declared, 0, { adopted: true }, { state: 'exited' })], {
      ...engine,
      unmanaged,
    });
    return made.evaluate();
  };

  it('is waited for under its name, and taken over again', () => {
    const gone = evaluate(adopting, []);
    expect(gone.drift).toMatchObject([{ record: { type: 'missing', path: '/replicas' } }]);
    expect(gone.needsWay?.names).toContain('shop-web-1');
    const back = evaluate(adopting, [{ ...running, adoptable: true }]);
    expect(back.request).toMatchObject({ action: 'adopt' });
    expect(back.needsWay).toBeUndefined();
    expect(evaluate(web, []).needsWay).toBeUndefined();
  });
});

describe('something unmanaged in the way', () => {
  const obstacle = { id: 'f'.repeat(64), name: 'old', image: 'nginx', hostPorts: [8080] };
  const name = containerName(id('default/web'), 0, INSTALLATION);

  it.each([
    ['on its port', obstacle, '/ports'],
    ['under its name', { ...obstacle, name, hostPorts: [] }, ''],
  ])('%s is a conflict, and nothing is done', (_what, unmanaged, path) => {
    const { drift, decisions, request, status, awaits, needsWay } = model([], {
      unmanaged: [unmanaged],
    }).evaluate();
    expect(drift).toMatchObject([{ record: { type: 'conflict', path } }]);
    expect(decisions).toMatchObject([{ outcome: 'none', code: 'conflict' }]);
    expect(request).toBeUndefined();
    expect(status).toMatchObject({ sync: 'OutOfSync', health: 'Missing' });
    expect(status?.message).toContain(unmanaged.name);
    expect(awaits).toEqual(['h']);
    expect(needsWay).toEqual({ ports: new Set([8080]), names: new Set([name]) });
  });

  it('is no conflict under the name of another installation', () => {
    const other = { ...obstacle, hostPorts: [], name };
    const made = model([], { unmanaged: [other], installation: 'there' });
    expect(made.evaluate().request?.action).toBe('start');
  });

  it('is started as soon as the way is free', () => {
    const made = model([], { unmanaged: [obstacle] });
    made.evaluate();
    made.observe('h', [], engine);
    expect(made.evaluate()).toMatchObject({
      drift: [{ record: { type: 'missing' } }, { kind: 'resolved', record: { type: 'conflict' } }],
      request: { action: 'start' },
    });
  });
});

describe('an engine that does not answer', () => {
  const silent: Partial<StateObserved> = { unknownRuntimes: ['docker'] };

  it.each([
    ['a container that was last seen dead', [dead()]],
    ['no container at all', []],
    ['a container that differs', [contained(web, 0, { restartPolicy: 'no' })]],
  ])('with %s is no reason to do anything', (_what, replicas) => {
    const made = model([contained(web)]);
    made.evaluate();
    made.observe('h', replicas, { ...engine, ...silent });
    const { drift, decisions, request, status } = made.evaluate();
    expect(drift).toMatchObject([
      { record: { type: 'unreachable', observed: 'docker does not answer' } },
    ]);
    expect(decisions).toMatchObject([{ code: 'unknown-state' }]);
    expect(request).toBeUndefined();
    expect(status).toMatchObject({ sync: 'Unknown', health: 'Unknown' });
    expect(status?.message).toBe('docker does not answer on h');
  });

  it('is of no account for the processes of its host', () => {
    const sleep = service('web');
    const made = new EvaluatorModel(sleep);
    made.declare();
    made.observe('h', [], { runtimes: ['docker', 'process'], ...silent });
    expect(made.evaluate().request?.action).toBe('start');
  });

  it('orphans nothing', () => {
    const pruned = service('web', { ...web.spec, prune: true });
    const made = new EvaluatorModel(pruned);
    made.declare();
    made.observe('h', [contained(pruned)], engine);
    made.evaluate();
    made.undeclare();
    made.observe('h', [contained(pruned)], { ...engine, ...silent });
    expect(made.evaluate().request).toBeUndefined();
  });
});

describe('an update that was rolled back', () => {
  const next = service('web', { ...web.spec, image: 'nginx:broken' });

  it('leaves repairs with the image of before, until the manifest changes again', () => {
    const made = model([contained(web)]);
    made.evaluate();
    made.declare(next);
    const update = made.evaluate();
    expect(update.drift).toMatchObject([{ record: { type: 'image', class: 'intentional' } }]);
    if (update.request === undefined) throw new TypeError('no request');
    made.now += 1;
    made.log(update.request, 'rolled_back');
    made.observe('h', [contained(web, 0, {}, { instance: 'back', state: 'exited' })], engine);
    const repair = made.evaluate();
    expect(repair.status).toMatchObject({ health: 'Degraded', heldDigest: digestOf(web) });
    expect(repair.request).toMatchObject({
      action: 'start',
      desiredDigest: digestOf(web),
      service: { spec: { image: 'nginx:1.27' } },
    });
    made.declare(service('web', { ...web.spec, image: 'nginx:1.28' }));
    expect(made.evaluate().status?.heldDigest).toBeUndefined();
  });

  it('takes no container for good that somebody makes of another image meanwhile', () => {
    const made = model([contained(web)]);
    made.evaluate();
    made.declare(next);
    const update = made.evaluate().request;
    if (update === undefined) throw new TypeError('no request');
    made.now += 1;
    made.log(update, 'rolled_back');
    made.observe('h', [contained(web, 0, {}, { instance: 'back' })], engine);
    expect(made.evaluate()).toMatchObject({ drift: [{ kind: 'resolved' }], request: undefined });
    const other = { reference: 'nginx:other', id: 'sha256:other', repoDigests: [] };
    made.now += 60_000;
    made.observe('h', [contained(web, 0, { image: other }, { instance: 'by hand' })], engine);
    const seen = made.evaluate();
    expect(seen.drift).toMatchObject([{ kind: 'detected', record: { type: 'image' } }]);
    expect(seen.request).toMatchObject({ action: 'update', desiredDigest: digestOf(web) });
    expect(seen.request?.images).not.toContainEqual(expect.objectContaining({ id: other.id }));
  });
});

describe('a service on hosts that have images of their own', () => {
  const two = service('web', { ...web.spec, replicas: 2, ports: [] });
  const on = (number: number, of: Service, id: string, instance: string) => {
    const image = { reference: 'nginx:1.27', id, currentId: id, repoDigests: [] };
    return contained(of, number, { image }, { instance });
  };

  it('is held at what runs by manifests that make the same of it, and nothing of that is touched', () => {
    const later = service('web', { ...two.spec, prune: true });
    const made = new EvaluatorModel(two);
    made.declare();
    made.declare(later);
    made.observe('i', [on(1, two, 'sha256:i', 'first')], engine);
    made.observe('h', [on(0, later, 'sha256:h', 'anew')], engine);
    expect(made.evaluate().request).toBeUndefined();
    made.declare(service('web', { ...later.spec, image: 'nginx:broken' }));
    const update = made.evaluate().request;
    if (update === undefined) throw new TypeError('no request');
    made.now += 1;
    made.log(update, 'rolled_back');
    for (const host of ['h', 'i']) {
      const [number, of] = host === 'h' ? ([0, later] as const) : ([1, two] as const);
      made.observe(host, [on(number, of, `sha256:${host}`, 'back')], engine);
    }
    const held = made.evaluate();
    expect(held.status).toMatchObject({ health: 'Degraded', readyReplicas: 2 });
    expect(held.request).toBeUndefined();
  });
});

describe('a tag that was moved to what does not work', () => {
  const RAN = 'sha256:ran';
  const seen = (number: number, id: string, currentId: string, change = {}) =>
    contained(
      web3,
      number,
      { image: { reference: 'nginx:1.27', id, currentId, repoDigests: [] } },
      change,
    );
  const web3 = service('web', { ...web.spec, replicas: 3, ports: [] });

  /** Replica 0 was rolled back; the others were not touched. */
  function heldModel(): EvaluatorModel {
    const made = new EvaluatorModel(web3);
    made.declare();
    made.observe(
      'h',
      [0, 1, 2].map((number) => seen(number, RAN, 'sha256:bad')),
      engine,
    );
    const update = made.evaluate().request;
    if (update === undefined) throw new TypeError('no request');
    expect(update.targets).toHaveLength(3);
    expect(update.targets[0]).toMatchObject({ observedImage: { id: RAN, repoDigests: [] } });
    made.now += 1;
    const broken = seen(0, 'sha256:bad', 'sha256:bad', { health: UNHEALTHY });
    made.log(update, 'rolled_back', undefined, broken);
    made.now += 1;
    observe(made, 'sha256:bad');
    return made;
  }
  function observe(made: EvaluatorModel, tag: string, change = {}): void {
    const back = seen(0, RAN, tag, { instance: 'back', ...change });
    made.observe('h', [back, seen(1, RAN, tag), seen(2, RAN, tag)], engine);
  }
  const UNHEALTHY = { status: 'unhealthy', consecutiveFailures: 3 } as const;

  it('is no drift any more, and people are told what is held', () => {
    const made = heldModel();
    const { request, decisions, status, drift } = made.evaluate();
    expect(request).toBeUndefined();
    expect(drift.every(({ kind }) => kind === 'resolved')).toBe(true);
    expect(status).toMatchObject({ sync: 'OutOfSync', health: 'Degraded', readyReplicas: 3 });
    expect(status?.message).toMatch(/rolled back.*good image \(sha256:ran\).*\(sha256:bad\)/);
    expect(decisions).toMatchObject([{ code: 'held' }]);
    made.restart();
    expect(made.evaluate()).toMatchObject({ drift: [], request: undefined, status: undefined });
  });

  it('is not what repairs use', () => {
    const made = heldModel();
    made.evaluate();
    made.now += 1;
    observe(made, 'sha256:bad', { state: 'exited' });
    expect(made.evaluate().request).toMatchObject({
      action: 'start',
      images: [{ id: RAN, repoDigests: [] }],
    });
  });

  it('is not what the engine starts again and again', () => {
    const made = heldModel();
    made.evaluate();
    made.now += 1;
    const loop = { state: 'exited', restarting: true, exitedAt: made.now } as const;
    const looping = seen(0, 'sha256:bad', 'sha256:bad', loop);
    made.observe('h', [looping, seen(1, RAN, 'sha256:bad'), seen(2, RAN, 'sha256:bad')], engine);
    expect(made.evaluate().request).toMatchObject({ action: 'start', images: [{ id: RAN }] });
  });

  it('is tried again when it names another image', () => {
    const made = heldModel();
    made.evaluate();
    made.now += 1;
    observe(made, 'sha256:mended');
    const { request, status } = made.evaluate();
    expect(request).toMatchObject({ action: 'update' });
    expect(request?.images).toBeUndefined();
    expect(status?.message).not.toContain('rolled back');
  });
});
