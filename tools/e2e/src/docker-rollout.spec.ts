import { jest } from '@jest/globals';
import { eventually, startDockerEngine, testImage, type DockerEngine } from '@vigil/testkit';
import { webContainer } from './world/container-manifests.js';
import { Containers } from './world/containers.js';
import { PersistentClient } from './world/persistent-client.js';
import { SampleFeed } from './world/sample-feed.js';
import { ResourceStatus } from './world/views.js';
import { World } from './world/world.js';

jest.setTimeout(120_000);

const REPLICAS = 3;

describe('an image', () => {
  let engine: DockerEngine;
  let world: World;
  let containers: Containers;

  beforeAll(async () => {
    engine = await startDockerEngine();
    for (const version of ['1', '2']) {
      await engine.docker.load(testImage({ reference: `web:${version}`, version }));
    }
    await engine.docker.load(testImage({ reference: 'web:exits', behaviour: 'exits' }));
    await engine.docker.load(testImage({ reference: 'web:mute', behaviour: 'never-answers' }));
    world = await World.start({ engine, manifests: { 'web.yaml': web('web:1') } });
    await world.expectRunning('web', REPLICAS);
    containers = new Containers(engine, world);
  });
  afterAll(async () => {
    await world.stop();
    await engine.stop();
  });

  function web(image: string): string {
    return webContainer({ image, replicas: REPLICAS });
  }

  async function expectVersion(version: string): Promise<void> {
    for (let replica = 0; replica < REPLICAS; replica += 1) {
      await eventually(
        async () => (await containers.ask('web', replica)).startsWith(`${version} live `),
        { withinMs: 30_000 },
      );
    }
  }

  it('is rolled out one replica at a time, while a client is always answered by the others', async () => {
    const client = PersistentClient.start(containers, 'web', REPLICAS);
    world.write('web.yaml', web('web:2'));
    await expectVersion('2');
    await world.expectRunning('web', REPLICAS);
    expect(await client.mostUnavailable()).toBe(1);
    const update = await world.action('web', ({ action }) => action === 'update');
    await world.action('web', ({ id, status }) => id === update.id && status === 'succeeded');
  });

  it.each(['web:exits', 'web:mute'])(
    '%s, which does not work, is taken back after the first replica, and people are told',
    async (image) => {
      const untouched = await containers.of('web');
      const known = (await world.actions()).map(({ id }) => id);
      const client = PersistentClient.start(containers, 'web', REPLICAS);
      world.write('web.yaml', web(image));
      await world.action(
        'web',
        ({ id, status }) => !known.includes(id) && status === 'rolled_back',
      );
      await world.until(
        '/manifests/shop/Service/web',
        ResourceStatus,
        ({ health, readyReplicas }) => health === 'Degraded' && readyReplicas === REPLICAS,
      );
      expect(await client.mostUnavailable()).toBe(1);
      await expectVersion('2');
      const now = await containers.of('web');
      const same = now.filter(({ launch }, index) => launch === untouched[index]?.launch);
      expect(same).toHaveLength(REPLICAS - 1);
      expect((await world.vigilctl('explain', 'shop/web')).stdout).toMatch(/rolled back/);

      world.write('web.yaml', web('web:2'));
      await world.expectRunning('web', REPLICAS);
    },
  );

  it('that was taken back is no obstacle to repairs, which go on with the last good one', async () => {
    world.write('web.yaml', web('web:exits'));
    await world.until(
      '/manifests/shop/Service/web',
      ResourceStatus,
      ({ health, readyReplicas }) => health === 'Degraded' && readyReplicas === REPLICAS,
      40_000,
    );
    const victim = await containers.replica('web', 2);
    await engine.docker.remove(victim.id);
    await containers.expectRelaunched('web', victim);
    expect(await containers.ask('web', 2)).toMatch(/^2 live /);
  });

  it('is tried again when the manifest is mended', async () => {
    world.write('web.yaml', web('web:1'));
    await expectVersion('1');
    await world.expectRunning('web', REPLICAS);
  });
});

describe('the number of containers', () => {
  let engine: DockerEngine;
  let world: World;
  let containers: Containers;

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1' }));
    world = await World.start({
      engine,
      manifests: { 'web.yaml': scaled(1), 'policies.yaml': POLICY },
    });
    await world.expectRunning('web', 1);
    containers = new Containers(engine, world);
  });
  afterAll(async () => {
    await world.stop();
    await engine.stop();
  });

  function scaled(replicas: number): string {
    return webContainer({ replicas, extra: '  scale: { min: 1, max: 4 }\n' });
  }

  it('is what the manifest says, and those that run are not touched', async () => {
    const { launch } = await containers.replica('web');
    world.write('web.yaml', scaled(3));
    await world.expectRunning('web', 3);
    world.write('web.yaml', scaled(1));
    await world.expectRunning('web', 1);
    expect((await containers.of('web')).map((container) => container.launch)).toEqual([launch]);
  });

  it('grows by a policy, up to the limit of the manifest', async () => {
    const feed = SampleFeed.start(world.api, {
      source: 'load',
      metric: 'requests_waiting',
      resource: 'shop/Service/web',
      value: 100,
    });
    try {
      await world.expectRunning('web', 4, 40_000);
    } finally {
      feed.stop();
    }
    expect(await containers.of('web')).toHaveLength(4);
    expect(await world.drift()).toEqual([]);
  });
});

const POLICY = `policies:
  - name: too-much-waiting
    namespace: shop
    condition: requests_waiting > 50 for 1s
    severity: warning
    action: scale
    scaleBy: 2
`;
