import type { CommandResult, Operation, ReplicaObservation } from '@vigil/contracts';
import type { IssuedOperation } from '../action/action-view.js';
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
