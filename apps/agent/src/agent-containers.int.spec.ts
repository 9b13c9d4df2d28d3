import { jest } from '@jest/globals';
import type { Operation } from '@vigil/contracts';
import { eventually, startDockerEngine, testImage, type DockerEngine } from '@vigil/testkit';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentProcess } from './testing/agent-process.js';
import { dockerService } from './testing/docker-world.js';
import { FakeCollector } from './testing/fake-collector.js';
import { resourceOf, restartOf, startOf, stopOf } from './testing/operations.js';
import { httpCheck } from './testing/service-manifest.js';

jest.setTimeout(60_000);

describe('an agent on a host with an engine', () => {
  let engine: DockerEngine;
  let collector: FakeCollector;
  let agent: AgentProcess;

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1' }));
  });
  beforeEach(async () => {
    collector = new FakeCollector('docker-1.example');
    await collector.open();
    agent = new AgentProcess(collector, { VIGIL_DOCKER_HOST: `unix://${engine.socket}` });
    await agent.startConnected();
    await collector.until(() => {
      const snapshot = collector.snapshots.at(-1);
      const isKnown = snapshot?.unknownRuntimes?.includes('docker') !== true;
      return isKnown && snapshot?.runtimes.includes('docker') === true ? true : undefined;
    });
  });
  afterEach(async () => {
    await agent.shutDown();
    await collector.close();
  });
  afterAll(() => engine.stop());

  const carryOut = (operation: Operation) => collector.carryOut(collector.command(operation));
  const replicas = () => collector.snapshots.at(-1)?.replicas ?? [];

  it('runs containers by signed commands, measures them, and leaves them running', async () => {
    const web = dockerService('web', { healthCheck: httpCheck() });
    await expect(carryOut(startOf(web))).resolves.toMatchObject({
      status: 'succeeded',
      observation: { runtime: 'docker', state: 'running' },
    });
    const { instance } = await collector.until(() =>
      replicas().find(({ health }) => health.status === 'healthy'),
    );
    await collector.until(() =>
      collector.batches
        .flatMap(({ metrics }) => metrics)
        .find(({ name, labels }) => name === 'memory_usage' && labels?.['resource'] !== undefined),
    );

    await agent.shutDown();
    const snapshots = collector.snapshots.length;
    await agent.startConnected();
    const again = await collector.until(() =>
      collector.snapshots
        .slice(snapshots)
        .flatMap((snapshot) => snapshot.replicas)
        .find(({ state }) => state === 'running'),
    );
    expect(again.instance).toBe(instance);
    // that nothing is known of an engine which answers was never said
    const told = collector.snapshots.slice(snapshots).map((each) => each.unknownRuntimes);
    expect(told.filter((unknown) => unknown !== undefined)).toEqual([]);
    await carryOut(stopOf(web, { forget: true }));
  });

  it('carries nothing out twice when it is killed in the middle', async () => {
    const web = dockerService('web-killed', {
      command: ['/bin/sh', '-c', 'trap "" TERM; sleep 1000'],
      ports: [],
    });
    await carryOut(startOf(web));
    const command = collector.command(restartOf(web, 30_000));
    collector.carryOut(command).catch(() => undefined);
    const journal = join(agent.home, 'state.journal');
    await eventually(() => readFileSync(journal, 'utf8').includes(command.commandId));
    await agent.kill();
    await agent.startConnected();
    await expect(collector.resultOf(command.commandId)).resolves.toMatchObject({
      status: 'failed',
      code: 'interrupted',
    });
    const replica = await collector.untilReplica(({ resource }) => resource === resourceOf(web));
    expect(replica).not.toHaveProperty('unrecorded');
    await expect(carryOut(restartOf(web, 0))).resolves.toMatchObject({ status: 'succeeded' });
    const all = await engine.docker.list(`vigil.io/resource=${resourceOf(web)}`);
    expect(all).toHaveLength(1);
    await carryOut(stopOf(web, { forget: true, gracePeriodMs: 0 }));
  });

  it('tells over its channel what runs besides, and of values only where it has put them', async () => {
    await engine.docker.run({ name: 'besides', image: 'web:1', env: { PASSWORD: 'hunter2' } });
    const outcome = await collector.describe(['besides', 'nobody']);
    const file = join(agent.home, 'imported/besides/PASSWORD');
    expect(outcome).toMatchObject({
      status: 'described',
      containers: [{ config: { env: { PASSWORD: { secretRef: { file } } } } }],
      refused: [{ name: 'nobody' }],
    });
    expect(readFileSync(file, 'utf8')).toBe('hunter2');
    expect(JSON.stringify(collector.uplinks) + agent.output).not.toContain('hunter2');
    await engine.docker.remove('besides');
  });

  it('tells nothing of what it may not take over', async () => {
    await agent.shutDown();
    await agent.startConnected({ VIGIL_ALLOWED_ACTIONS: 'start' });
    await expect(collector.describe()).resolves.toMatchObject({
      status: 'failed',
      code: 'not-allowed',
    });
  });

  it('says that a host has no engine', async () => {
    await agent.shutDown();
    await agent.startConnected({ VIGIL_DOCKER_HOST: 'off' });
    await expect(collector.describe()).resolves.toMatchObject({
      status: 'failed',
      code: 'no-engine',
    });
  });
});
