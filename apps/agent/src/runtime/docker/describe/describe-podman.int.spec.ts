import { jest } from '@jest/globals';
import { compareReplica } from '@vigil/drift';
import type { EnvValue } from '@vigil/manifests';
import { startPodman, testImage, type Podman } from '@vigil/testkit';
import { dockerService, DockerWorld } from '../../../testing/docker-world.js';
import { adoptOf } from '../../../testing/operations.js';
import { readSecret } from '@vigil/config';

jest.setTimeout(60_000);

describe('what runs in Podman', () => {
  let podman: Podman;
  let world: DockerWorld;

  beforeAll(async () => {
    podman = await startPodman();
    await podman.docker.load(testImage({ reference: 'web:1' }));
    world = await DockerWorld.open(podman.socket);
  });
  afterAll(async () => {
    await world.leave();
    await podman.stop();
  });

  it('is told so that a manifest can take it over without a difference', async () => {
    await podman.docker.run({
      name: 'found',
      image: 'web:1',
      env: { PASSWORD: 'hunter2', 'discovery.type': 'single-node' },
      restart: 'always',
    });
    const outcome = await world.runtime.describe(['found']);
    if (outcome.status !== 'described') throw new Error(outcome.message);
    const [described] = outcome.containers;
    if (described === undefined) throw new Error(JSON.stringify(outcome.refused));
    const { config, unsayable, inherited } = described;
    expect(unsayable).toEqual([]);
    expect(inherited).toEqual(expect.arrayContaining(['command', 'entrypoint', 'user']));
    expect(Object.keys(config.env).sort()).toEqual(['PASSWORD', 'discovery.type']);

    const env: Record<string, EnvValue> = {};
    for (const [name, value] of Object.entries(config.env)) {
      if (typeof value === 'object' && 'secretRef' in value) env[name] = value;
    }
    const password = env['PASSWORD'];
    if (typeof password !== 'object') throw new Error('the password is not kept');
    expect(await readSecret(password.secretRef.file)).toEqual({ value: 'hunter2' });

    const { reference } = config.container.image;
    const service = dockerService('found', { image: reference, env, ports: [], adopt: ['found'] });
    await expect(world.carryOut(adoptOf(service, 'found'))).resolves.toMatchObject({
      status: 'succeeded',
    });
    const observed = world.observe(service);
    expect(observed && compareReplica({ service }, observed)).toEqual([]);
  });
});
