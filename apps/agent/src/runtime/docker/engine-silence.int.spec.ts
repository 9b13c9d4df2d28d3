import { jest } from '@jest/globals';
import { startDockerEngine, testImage, type DockerEngine } from '@vigil/testkit';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dockerService, DockerWorld } from '../../testing/docker-world.js';
import { resourceOf } from '../../testing/operations.js';

jest.setTimeout(90_000);

describe('an engine that is held up', () => {
  let engine: DockerEngine;
  let world: DockerWorld;

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1' }));
    world = await DockerWorld.open(engine.socket);
  });
  afterAll(async () => {
    await world.leave();
    await engine.stop();
  });

  it('makes nothing unhealthy, and nothing twice', async () => {
    const web = dockerService('web', {
      ports: [],
      healthCheck: {
        kind: 'exec',
        command: ['/bin/sh', '-c', 'exit 0'],
        timeoutMs: 500,
        intervalMs: 200,
        retryIntervalMs: 100,
        failureThreshold: 3,
        startPeriodMs: 1_000,
      },
    });
    const late = dockerService('late', { ports: [] });
    await world.start(web);
    await world.untilObserved(web, ({ health }) => health.status === 'healthy');
    const pid = Number(readFileSync(join(dirname(engine.socket), 'dockerd.pid'), 'utf8'));
    process.kill(pid, 'SIGSTOP');
    const attempts = world.attempts.length;
    const starting = world.start(late);
    await world.until(() => (world.runtime.isKnown ? undefined : true));
    const failed = world.attempts.slice(attempts).filter(({ success }) => !success);
    process.kill(pid, 'SIGCONT');
    expect(failed).toEqual([]);
    await world.until(() => (world.runtime.isKnown ? true : undefined));
    expect(world.observe(web)?.health).toMatchObject({ consecutiveFailures: 0 });
    await world.until(() => (world.attempts.length > attempts ? true : undefined));
    const outcome = await starting;
    if (outcome.status !== 'succeeded') await world.start(late);
    expect(world.observe(late)).toMatchObject({ state: 'running' });
    const label = `vigil.io/resource=${resourceOf(late)}`;
    expect(await engine.docker.list(label)).toHaveLength(1);
  });
});
