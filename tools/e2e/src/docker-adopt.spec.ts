import { jest } from '@jest/globals';
import {
  freePort,
  startDockerEngine,
  temporaryDirectory,
  testImage,
  type DockerEngine,
  type Inspected,
} from '@vigil/testkit';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMPOSE_FILE, composeUp } from './world/compose-project.js';
import type { Action } from './world/views.js';
import { World } from './world/world.js';

jest.setTimeout(120_000);

const SERVICES = { web: 1, api: 2, db: 1, cache: 1, worker: 1 };

describe('a project that Compose has started', () => {
  let engine: DockerEngine;
  let world: World;
  let project: string;
  let before: Inspected[];
  /** Beside the project, and not started. */
  let lone: string;

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1' }));
    project = join(temporaryDirectory('compose'), 'shop');
    mkdirSync(join(project, 'conf'), { recursive: true });
    const port = await freePort();
    writeFileSync(join(project, 'compose.yaml'), COMPOSE_FILE);
    writeFileSync(join(project, '.env'), `WEB_PORT=${String(port)}\n`);
    writeFileSync(
      join(project, 'db.env'),
      '# of the database\nDB_NAME=shop\nDB_PASSWORD="hunter2"\n',
    );
    before = await composeUp(engine.docker, project, port);
    lone = await engine.docker.create({ image: 'web:1', name: 'old-lone' });
    world = await World.start({ engine });
  });
  afterAll(async () => {
    await world.stop();
    await engine.stop();
  });

  const now = () => Promise.all(before.map(({ Id }) => engine.docker.inspect(Id)));

  it('is imported, taken over without any difference, and not touched', async () => {
    const file = join(project, 'compose.yaml');
    const imported = await world.vigilctl('import', '--from-compose', file, '-o', world.manifests);
    expect(imported).toMatchObject({ exitCode: 0 });
    expect(imported.stderr).toMatch(/services\.cache\.hostname: warning: cannot be said/);
    expect(imported.stderr).toMatch(
      /services\.db\.env_file: warning: DB_PASSWORD stands .* in clear/,
    );
    expect(readFileSync(join(world.manifests, 'web.yaml'), 'utf8')).toMatch(/mode: observe/);

    for (const [name, replicas] of Object.entries(SERVICES)) {
      await world.expectRunning(name, replicas, 40_000);
    }
    expect(await world.drift()).toEqual([]);
    const isDone = ({ action, status }: Action) => action === 'adopt' && status === 'succeeded';
    for (const name of Object.keys(SERVICES)) await world.action(name, isDone);
    expect((await world.actions()).every(isDone)).toBe(true);
    const launches = (all: Inspected[]) => all.map(({ Id, State }) => [Id, State.StartedAt]);
    expect(launches(await now())).toEqual(launches(before));
  });

  it('is told about what differs later, and left alone in mode observe', async () => {
    const [web] = before;
    if (web === undefined) throw new Error('there is no web');
    const file = join(world.manifests, 'web.yaml');
    world.write('web.yaml', readFileSync(file, 'utf8').replace('MODE: live', 'MODE: other'));
    await world.action('web', ({ status, reason }) => {
      return status === 'suppressed' && reason?.code === 'mode-observe';
    });
    const { Id, State } = await engine.docker.inspect('shop-web-1');
    expect([Id, State.StartedAt]).toEqual([web.Id, web.State.StartedAt]);
  });

  it('is Vigil’s to change as soon as a manifest says so, and is found by its old name', async () => {
    const file = join(world.manifests, 'web.yaml');
    world.write('web.yaml', readFileSync(file, 'utf8').replace('mode: observe', 'mode: auto'));
    await world.expectRunning('web', 1, 40_000);
    await expect(engine.docker.inspect('shop-web-1')).rejects.toThrow();
    const [made] = await engine.docker.list('vigil.io/resource=shop/Service/web');
    const { NetworkSettings } = await engine.docker.inspect(made?.Id ?? '');
    expect(NetworkSettings['Networks']).toMatchObject({
      shop_default: { Aliases: expect.arrayContaining(['web', 'shop-web-1']) },
    });
  });

  it('is taken over also where it has stopped, and started again as it is', async () => {
    world.write('lone.yaml', LONE);
    await world.expectRunning('lone', 1, 40_000);
    const { Id, State } = await engine.docker.inspect('old-lone');
    expect(Id).toBe(lone);
    expect(State.Running).toBe(true);
    expect(await engine.docker.list('vigil.io/resource=shop/Service/lone')).toEqual([]);
    const isStart = ({ action, status }: Action) => action === 'start' && status === 'succeeded';
    await world.action('lone', isStart);
    const asked = await world.actions('&target=shop/lone');
    expect(asked.map(({ action }) => action)).toEqual(['start', 'adopt']);
  });
});

const LONE = `apiVersion: vigil.io/v1
kind: Service
metadata: { name: lone, namespace: shop }
spec:
  image: web:1
  adopt: [old-lone]
  remediation: { mode: auto }
`;
