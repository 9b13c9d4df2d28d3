import { jest } from '@jest/globals';
import { eventually, startDockerEngine, testImage, type DockerEngine } from '@vigil/testkit';
import { webContainer } from './world/container-manifests.js';
import { Containers } from './world/containers.js';
import { FurtherAgent } from './world/further-agent.js';
import { expectNothingDoubled } from './world/nothing-doubled.js';
import { ResourceStatus } from './world/views.js';
import { World } from './world/world.js';

jest.setTimeout(300_000);

/** An agent that was silent for 90 s is unreachable; the status follows. */
const SILENT_MS = 120_000;

const HOSTS = ['b.example', 'c.example'];

describe('a host that is lost', () => {
  const engines: DockerEngine[] = [];
  const agents: FurtherAgent[] = [];
  let world: World;
  let b: Containers;
  let c: Containers;

  beforeAll(async () => {
    for (const _host of HOSTS) engines.push(await startDockerEngine());
    for (const { docker } of engines) await docker.load(testImage({ reference: 'web:1' }));
    world = await World.start({ manifests: { 'hosts.yaml': HOSTS.map(labelled).join('---\n') } });
    for (const [index, engine] of engines.entries()) {
      const host = HOSTS[index] ?? '';
      agents.push(await FurtherAgent.start(world, host, engine));
      await world.until(
        `/manifests/default/Host/${host}`,
        ResourceStatus,
        ({ health }) => health === 'Healthy',
      );
    }
    const [first, second] = engines.map((engine) => new Containers(engine, world));
    if (first === undefined || second === undefined)
      throw new TypeError('two engines were started');
    [b, c] = [first, second];
    for (const name of ['stays', 'moves']) world.write(`${name}.yaml`, service(name));
    for (const name of ['stays', 'moves']) await world.expectRunning(name, 2, 40_000);
  });
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.stop()));
    await world.stop();
    await Promise.all(engines.map((engine) => engine.stop()));
  });

  function labelled(host: string): string {
    return `apiVersion: vigil.io/v1
kind: Host
metadata: { name: ${host} }
spec: { labels: { role: web } }
`;
  }

  function service(name: string): string {
    const reschedule = String(name === 'moves');
    const placement = `{ hosts: { matchLabels: { role: web } }, reschedule: ${reschedule} }`;
    return webContainer({ name, replicas: 2, extra: `  placement: ${placement}\n` });
  }

  const launchesOf = async (containers: Containers, name: string) =>
    (await containers.of(name)).map(({ launch }) => launch);

  it('keeps its replicas, which are unknown; only what is to be moved is started elsewhere', async () => {
    const before = {
      b: await launchesOf(b, 'stays'),
      c: await launchesOf(c, 'stays'),
      moved: await launchesOf(b, 'moves'),
    };
    expect([before.b, before.c, before.moved].map(({ length }) => length)).toEqual([1, 1, 1]);
    agents[0]?.cutOff();
    await world.until(
      '/manifests/shop/Service/stays',
      ResourceStatus,
      ({ sync, health }) => sync === 'Unknown' && health === 'Unknown',
      SILENT_MS,
    );
    await eventually(
      async () => (await c.of('moves')).filter(({ running }) => running).length === 2,
      { withinMs: 60_000 },
    );
    expect(await launchesOf(c, 'stays')).toEqual(before.c);
    // nobody reaches what runs there: it goes on
    expect(await launchesOf(b, 'stays')).toEqual(before.b);
    expect(await launchesOf(b, 'moves')).toEqual(before.moved);
  });

  it('loses its copies of what was moved when it is back, and nothing else', async () => {
    const before = [await launchesOf(b, 'stays'), await launchesOf(c, 'moves')];
    agents[0]?.reconnect();
    await world.expectRunning('moves', 2, 60_000);
    await world.expectRunning('stays', 2, 60_000);
    expect(await b.of('moves')).toEqual([]);
    expect([await launchesOf(b, 'stays'), await launchesOf(c, 'moves')]).toEqual(before);
    expect(await world.drift()).toEqual([]);
    await expectNothingDoubled(world);
  });

  it('is left by all of its replicas when it is taken out of the fleet', async () => {
    const kept = await launchesOf(b, 'stays');
    expect((await world.api.delete('/agents/c.example')).status).toBe(204);
    for (const name of ['stays', 'moves']) {
      await eventually(
        async () => (await b.of(name)).filter(({ running }) => running).length === 2,
        { withinMs: 60_000 },
      );
      await world.expectRunning(name, 2, 40_000);
    }
    expect(await launchesOf(b, 'stays')).toEqual(expect.arrayContaining(kept));
    expect(await world.drift()).toEqual([]);
  });
});
