import type { ActionRequest, CommandResult, Operation, ReplicaObservation } from '@vigil/contracts';
import type { IssuedOperation } from '../action/action-view.js';
import { containerConfig } from '../testing/container.js';
import {
  digest,
  DIGEST,
  HOST,
  observation,
  request,
  service,
  target,
  WEB,
} from '../testing/fixtures.js';
import { planRollback } from './plan-rollback.js';

const OLD = digest('b');
const previous = service({ command: ['node', 'old.js'] });

function issued(
  operation: Operation,
  status: CommandResult['status'] | 'unfinished' = 'succeeded',
  more: Partial<IssuedOperation> = {},
): IssuedOperation {
  const commandId = `command-${operation.replica}`;
  const result = { commandId, actionId: 'a', host: HOST, startedAt: 1, finishedAt: 2 };
  return {
    index: operation.replica,
    commandId,
    host: HOST,
    rollback: false,
    operation,
    ...(status === 'unfinished' ? {} : { finished: { at: 2, result: { ...result, status } } }),
    ...more,
  };
}

function operation(kind: 'start' | 'restart' | 'reconfigure', replica: number): Operation {
  const common = {
    resource: WEB,
    replica,
    precondition: { kind: 'absent' } as const,
    service: service(),
    specDigest: DIGEST,
  };
  return kind === 'restart' ? { kind, ...common, gracePeriodMs: 0 } : { kind, ...common };
}

const update = request({
  action: 'update',
  targets: [0, 1, 2].map((replica) => target(replica, { observedDigest: OLD })),
});
const specs = new Map([[OLD, previous]]);

describe('rolling back an update', () => {
  it('gives replicas that were changed their previous manifest, the last one first', () => {
    const operations = [0, 1].map((replica) => issued(operation('restart', replica)));
    const undone = planRollback({ request: update, operations, specs });
    expect(undone).toMatchObject([
      {
        operation: { kind: 'restart', replica: 1, specDigest: OLD, precondition: { kind: 'any' } },
      },
      { operation: { kind: 'restart', replica: 0, specDigest: OLD } },
    ]);
  });

  it('includes an operation that failed, or whose result is not known', () => {
    const operations = [
      issued(operation('restart', 0), 'failed'),
      issued(operation('restart', 1), 'unfinished'),
    ];
    expect(planRollback({ request: update, operations, specs })).toHaveLength(2);
  });

  it('goes back also to what is declared, where that ran while another manifest is held', () => {
    const held = { ...update, basis: { declaredDigest: OLD, overrideBy: null } };
    const operations = [issued(operation('restart', 0))];
    expect(planRollback({ request: held, operations, specs })).toHaveLength(1);
  });

  it.each(['refused', 'precondition-failed'] as const)('leaves out what was %s', (status) => {
    const operations = [issued(operation('restart', 0), status)];
    expect(planRollback({ request: update, operations, specs })).toEqual([]);
  });

  it.each<[string, ReplicaObservation | undefined, number]>([
    ['the launch that was there runs on', observation({ instance: 'old-0' }), 0],
    ['another launch runs', observation({ instance: 'new-0' }), 1],
    ['it has ended', observation({ instance: 'old-0', state: 'exited' }), 1],
    ['there is none', undefined, 1],
  ])('disturbs what a failed operation did not touch as little: %s', (_case, left, undone) => {
    const failed = operation('restart', 0);
    const precondition = { kind: 'instance', instance: 'old-0' } as const;
    const { finished, ...rest } = issued({ ...failed, precondition }, 'failed');
    if (finished === undefined) throw new TypeError('it has a result');
    const result = { ...finished.result, ...(left === undefined ? {} : { observation: left }) };
    const operations = [{ ...rest, finished: { ...finished, result } }];
    expect(planRollback({ request: update, operations, specs })).toHaveLength(undone);
  });

  it('takes back a reconfiguration without a restart', () => {
    const gentle = new Map([[OLD, service({ stopGracePeriodMs: 7 })]]);
    const operations = [issued(operation('reconfigure', 0))];
    expect(planRollback({ request: update, operations, specs: gentle })).toMatchObject([
      { operation: { kind: 'reconfigure', specDigest: OLD } },
    ]);
  });

  it.each<[string, Parameters<typeof planRollback>[0]]>([
    [
      'the previous manifest is not known',
      { request: update, operations: [issued(operation('restart', 0))], specs: new Map() },
    ],
    [
      'the replica ran the same manifest before',
      {
        request: request({ targets: [target(0, { observedDigest: DIGEST })] }),
        operations: [issued(operation('start', 0))],
        specs,
      },
    ],
    [
      'the manifest of before makes the same of a replica',
      {
        request: request({ targets: [target(0, { observedDigest: OLD })] }),
        operations: [issued(operation('start', 0), 'failed')],
        specs: new Map([[OLD, service({ prune: true, dependsOn: ['default/Service/db'] })]]),
      },
    ],
    [
      'what has ended was not by the manifest that is held',
      {
        request: request({
          targets: [target(0, { observedDigest: OLD })],
          basis: { declaredDigest: digest('c'), overrideBy: null },
        }),
        operations: [issued(operation('start', 0), 'failed')],
        specs,
      },
    ],
    [
      'nothing ran there before',
      { request: request(), operations: [issued(operation('start', 0))], specs },
    ],
    [
      'it is an operation of the roll-back',
      {
        request: update,
        operations: [issued(operation('restart', 0), 'succeeded', { rollback: true })],
        specs,
      },
    ],
  ])('has nothing to do when %s', (_case, input) => {
    expect(planRollback(input)).toEqual([]);
  });
});

describe('rolling back a container', () => {
  const manifest = (image: string) => service({ runtime: 'docker', image, command: undefined });
  const OLD_IMAGE = { id: 'sha256:old', repoDigests: ['app@sha256:old'] };
  const NEW_ID = 'sha256:new';

  /** What the host has said about an operation, with the image that it has left there. */
  function answered(
    kind: 'start' | 'restart',
    image: { readonly id: string; readonly currentId?: string },
    change: Partial<ReplicaObservation> = {},
    status: 'succeeded' | 'failed' = 'succeeded',
  ): IssuedOperation {
    const made = { ...operation(kind, 0), service: manifest('app:1') };
    const { finished, ...rest } = issued(made, status);
    if (finished === undefined) throw new TypeError('it has a result');
    const config = containerConfig(manifest('app:1'), {
      image: { reference: 'app:1', repoDigests: [], currentId: image.id, ...image },
    });
    const left = observation({ runtime: 'docker', specDigest: DIGEST, config, ...change });
    return {
      ...rest,
      finished: { ...finished, result: { ...finished.result, observation: left } },
    };
  }
  const before = (observedDigest: string) =>
    request({ targets: [target(0, { observedDigest, observedImage: OLD_IMAGE })] });

  it.each([
    ['with the manifest of before', 'app:0', OLD],
    ['with the newest manifest, where that makes the same', 'app:1', DIGEST],
  ])('brings back the image that ran, %s', (_case, image, specDigest) => {
    const known = new Map([[OLD, manifest(image)]]);
    const operations = [answered('restart', { id: NEW_ID })];
    expect(planRollback({ request: before(OLD), operations, specs: known })).toMatchObject([
      { operation: { kind: 'restart', specDigest, images: [OLD_IMAGE] } },
    ]);
  });

  it.each(['start', 'restart'] as const)('takes a tag back that a %s has moved to', (kind) => {
    const operations = [answered(kind, { id: NEW_ID })];
    expect(planRollback({ request: before(DIGEST), operations, specs })).toMatchObject([
      {
        operation: {
          kind: 'restart',
          specDigest: DIGEST,
          service: { spec: { image: 'app:1' } },
          images: [OLD_IMAGE],
          precondition: { kind: 'any' },
        },
      },
    ]);
  });

  it('only proves what its host has brought back by itself', () => {
    const operations = [answered('restart', { id: OLD_IMAGE.id, currentId: NEW_ID }, {}, 'failed')];
    expect(planRollback({ request: before(DIGEST), operations, specs })).toMatchObject([
      { operation: { kind: 'reconfigure', specDigest: DIGEST, images: [OLD_IMAGE] } },
    ]);
  });

  it.each<[string, ActionRequest, IssuedOperation]>([
    ['the image is the same', before(DIGEST), answered('restart', { id: OLD_IMAGE.id })],
    [
      'it failed for another reason than the image',
      before(DIGEST),
      answered('restart', { id: OLD_IMAGE.id }, {}, 'failed'),
    ],
    ['nobody knows what ran', request(), answered('start', { id: NEW_ID })],
    [
      'it was to bring a good image back',
      { ...before(DIGEST), images: [{ id: NEW_ID, repoDigests: [] }] },
      answered('restart', { id: NEW_ID }),
    ],
  ])('has nothing to do when %s', (_case, asked, one) => {
    expect(planRollback({ request: asked, operations: [one], specs })).toEqual([]);
  });
});

describe('rolling back a scale', () => {
  const scale = request({ action: 'scale', replicas: 3 });

  it('removes what was started', () => {
    const operations = [issued(operation('start', 2))];
    expect(planRollback({ request: scale, operations, specs })).toMatchObject([
      { operation: { kind: 'stop', replica: 2, forget: true } },
    ]);
  });

  it('starts what was removed', () => {
    const stop: Operation = {
      kind: 'stop',
      resource: WEB,
      replica: 2,
      precondition: { kind: 'any' },
      gracePeriodMs: 0,
      forget: true,
    };
    expect(planRollback({ request: scale, operations: [issued(stop)], specs })).toMatchObject([
      { operation: { kind: 'start', replica: 2, precondition: { kind: 'absent' } } },
    ]);
  });
});
