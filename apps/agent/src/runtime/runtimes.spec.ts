import type { Operation, ReplicaObservation } from '@vigil/contracts';
import type { Runtime } from '@vigil/manifests';
import { commandRecord, WEB } from '../testing/documents.js';
import { startOf, stopOf } from '../testing/operations.js';
import { processService } from '../testing/service-manifest.js';
import { Runtimes } from './runtimes.js';
import type { WorkloadRuntime } from './workload-runtime.js';

const order = {
  commandId: 'c1',
  recorded: Promise.resolve(),
  objection: () => undefined,
};

/** A runtime that keeps in memory what it was told to run. */
class RememberingRuntime implements WorkloadRuntime {
  readonly isPresent = true;
  readonly isKnown = true;
  readonly carried: Operation[] = [];
  private observation: ReplicaObservation | undefined;

  constructor(readonly name: Runtime) {}

  has(): boolean {
    return this.observation !== undefined;
  }

  unmanaged(): [] {
    return [];
  }

  progress(): [] {
    return [];
  }

  async lookAgain(): Promise<void> {}

  carryOut(operation: Operation) {
    this.carried.push(operation);
    this.observation =
      operation.kind === 'stop' && operation.forget
        ? undefined
        : {
            resource: operation.resource,
            replica: operation.replica,
            runtime: this.name,
            instance: 'i1',
            state: operation.kind === 'stop' ? 'stopped' : 'running',
            suspended: false,
            startedAt: 1,
            specDigest: '0'.repeat(64),
            config: { command: [], env: {}, ports: [] },
            health: { status: 'none', consecutiveFailures: 0 },
          };
    return Promise.resolve({ status: 'succeeded', effectAt: 1 } as const);
  }

  observe() {
    return this.observation;
  }

  observeAll() {
    return this.observation === undefined ? [] : [this.observation];
  }

  usage() {
    return [];
  }

  outcomeOf() {
    return this.observation === undefined
      ? undefined
      : ({ status: 'succeeded', effectAt: 1 } as const);
  }

  shutDown() {
    return Promise.resolve();
  }

  release() {}
}

const asProcess = processService('web');
const asContainer = processService('web', { runtime: 'docker' });

describe('Runtimes', () => {
  let processes: RememberingRuntime;
  let containers: RememberingRuntime;
  let runtimes: Runtimes;
  beforeEach(() => {
    processes = new RememberingRuntime('process');
    containers = new RememberingRuntime('docker');
    runtimes = new Runtimes([processes, containers]);
  });

  it('gives an operation to the runtime of its manifest, or of its replica', async () => {
    await runtimes.carryOut(startOf(asContainer), order);
    await runtimes.carryOut(stopOf(asContainer), order);
    expect(containers.carried.map(({ kind }) => kind)).toEqual(['start', 'stop']);
    expect(processes.carried).toEqual([]);
    expect(runtimes.names).toEqual(['process', 'docker']);
    expect(runtimes.observeAll()).toMatchObject([{ runtime: 'docker', state: 'stopped' }]);
    expect(runtimes.outcomeOf(commandRecord('c1', { resource: WEB }))).toMatchObject({
      status: 'succeeded',
    });
  });

  it('does not run a replica under two runtimes', async () => {
    await runtimes.carryOut(startOf(asProcess), order);
    expect(await runtimes.carryOut(startOf(asContainer), order)).toEqual({
      status: 'failed',
      code: 'other-runtime',
      message: 'the replica has to be forgotten by process first',
    });
    await runtimes.carryOut(stopOf(asProcess, { forget: true }), order);
    expect(await runtimes.carryOut(startOf(asContainer), order)).toMatchObject({
      status: 'succeeded',
    });
  });

  it('says that it does not have a runtime', async () => {
    expect(await new Runtimes([processes]).carryOut(startOf(asContainer), order)).toMatchObject({
      status: 'failed',
      code: 'unsupported-runtime',
    });
  });
});
