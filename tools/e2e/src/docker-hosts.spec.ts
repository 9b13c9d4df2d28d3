import { jest } from '@jest/globals';
import { containerName } from '@vigil/contracts';
import { resourceId } from '@vigil/manifests';
import { eventually, startDockerEngine, testImage, type DockerEngine } from '@vigil/testkit';
import { webContainer } from './world/container-manifests.js';
import { Containers } from './world/containers.js';
import { FurtherAgent } from './world/further-agent.js';
import { Drift, pageOf, ResourceStatus } from './world/views.js';
import { World } from './world/world.js';

jest.setTimeout(120_000);

describe('several hosts', () => {
  const engines: DockerEngine[] = [];
  const agents: FurtherAgent[] = [];
  let world: World;
  /** Containers on the host of the installation itself, and on two others. */
  let own: Containers;
  let b: Containers;
  let c: Containers;

  beforeAll(async () => {
    for (let index = 0; index < 3; index += 1) engines.push(await startDockerEngine());
    for (const { docker } of engines) await docker.load(testImage({ reference: 'web:1' }));
    world = await World.start({
      ...(engines[0] === undefined ? {} : { engine: engines[0] }),
      manifests: { 'hosts.yaml': hosts('web') },
    });
    for (const [index, host] of ['b.example', 'c.example'].entries()) {
      const engine = engines[index + 1];
      if (engine === undefined) continue;
      agents.push(await FurtherAgent.start(world, host, engine));
      await world.until(
        `/manifests/default/Host/${host}`,
        ResourceStatus,
        ({ health }) => health === 'Healthy',
      );
    }
    const [first, second, third] = engines.map((engine) => new Containers(engine, world));
    if (first === undefined || second === undefined || third === undefined) throw new TypeError();
    [own, b, c] = [first, second, third];
  });
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.stop()));
    await world.stop();
    await Promise.all(engines.map((engine) => engine.stop()));
  });

  /** Both have a role; that of the second may be another one. */
  function hosts(roleOfC: string): string {
    return [
      ['b.example', 'web'],
      ['c.example', roleOfC],
    ]
      .map(
        ([name, role]) => `apiVersion: vigil.io/v1
kind: Host
metadata: { name: ${String(name)} }
spec: { labels: { role: ${String(role)} } }
`,
      )
      .join('---\n');
  }

  const onWebHosts = '  placement: { hosts: { matchLabels: { role: web } } }\n';
  const web = (replicas: number) => webContainer({ replicas, extra: onWebHosts });

  async function countOf(name: string): Promise<number[]> {
    const all = await Promise.all([own, b, c].map((containers) => containers.of(name)));
    return all.map((found) => found.length);
  }

  it('with the labels of a service share its replicas evenly', async () => {
    world.write('web.yaml', web(4));
    await world.expectRunning('web', 4, 40_000);
    expect(await countOf('web')).toEqual([0, 2, 2]);
  });

  it('keep what they have when there are more replicas, and fewer', async () => {
    const before = [...(await b.of('web')), ...(await c.of('web'))].map(({ launch }) => launch);
    world.write('web.yaml', web(5));
    await world.expectRunning('web', 5, 40_000);
    world.write('web.yaml', web(4));
    await world.expectRunning('web', 4, 40_000);
    const now = [...(await b.of('web')), ...(await c.of('web'))].map(({ launch }) => launch);
    expect(now.toSorted()).toEqual(before.toSorted());
  });

  it('lose their replicas with their labels, and get none back for nothing', async () => {
    world.write('hosts.yaml', hosts('db'));
    await eventually(async () => String(await countOf('web')) === '0,4,0', { withinMs: 40_000 });
    await world.expectRunning('web', 4);
    const launches = (await b.of('web')).map(({ launch }) => launch);
    world.write('hosts.yaml', hosts('web'));
    expect((await world.vigilctl('evaluate', 'shop/web')).exitCode).toBe(0);
    await world.expectRunning('web', 4);
    expect((await b.of('web')).map(({ launch }) => launch)).toEqual(launches);
    expect(await world.drift()).toEqual([]);
  });

  describe('with somebody’s container under a name that is needed', () => {
    const shop = resourceId({ namespace: 'shop', kind: 'Service', name: 'front' });
    const front = webContainer({ name: 'front', extra: `${onWebHosts}  prune: true\n` });

    /** Not ours, under the name of the first replica. */
    async function obstruct({ docker, installation }: Containers): Promise<() => Promise<void>> {
      const id = await docker.create({
        name: containerName(shop, 0, installation),
        image: 'web:1',
      });
      return () => docker.remove(id);
    }

    it.each([
      ['first', () => [b, c] as const],
      ['second', () => [c, b] as const],
    ])('on the %s: the other is taken', async (_which, pick) => {
      const [taken, free] = pick();
      const remove = await obstruct(taken);
      world.write('front.yaml', front);
      await world.expectRunning('front', 1, 40_000);
      expect(await free.of('front')).toHaveLength(1);
      world.remove('front.yaml');
      await eventually(async () => (await free.of('front')).length === 0, { withinMs: 40_000 });
      await remove();
    });

    it('on both: a conflict, until one of them is free, wherever it was', async () => {
      const removals = [await obstruct(b), await obstruct(c)];
      world.write('front.yaml', front);
      const host = await world.until(
        '/drift',
        pageOf(Drift),
        ({ items }) => items.find(({ type }) => type === 'conflict')?.host,
      );
      const [free, removal] = host === 'b.example' ? [c, removals[1]] : [b, removals[0]];
      await removal?.();
      await world.expectRunning('front', 1);
      expect(await countOf('front')).toEqual(free === b ? [0, 1, 0] : [0, 0, 1]);
    });
  });
});
