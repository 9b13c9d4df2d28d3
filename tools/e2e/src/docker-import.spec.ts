import { jest } from '@jest/globals';
import {
  createDatabase,
  eventually,
  freePort,
  startDockerEngine,
  temporaryDirectory,
  testImage,
  type DockerEngine,
  type Inspected,
  type TestDatabase,
} from '@vigil/testkit';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import { composeUp } from './world/compose-project.js';
import { pageOf, ResourceStatus, type Action } from './world/views.js';
import { World } from './world/world.js';

jest.setTimeout(120_000);

const SERVICES = { web: 1, api: 2, db: 1, cache: 1, worker: 1 };
const LONE = '/manifests/default/Service/metrics';
const KEY = '-----BEGIN KEY-----\nbWFueSBwZW9wbGU=\n-----END KEY-----\n';
const LONE_ENV = { TOKEN: 'correct-horse', 'tls.key': KEY, EMPTY: '', MODE: 'private-mode-of-it' };
/** Of the project, of the lone container, and of a person who changes one by hand. */
const SECRETS = [
  'hunter2',
  'correct-horse',
  'bWFueSBwZW9wbGU=',
  'private-mode-of-it',
  'changed-by-hand',
];

const Agents = z.object({ items: z.array(z.object({ host: z.string() })) });
const Differences = pageOf(
  z.object({ resource: z.string(), path: z.string(), observed: z.unknown() }),
);
const Manifests = pageOf(z.object({ resource: z.string() }));

describe('a host on which containers run already', () => {
  let engine: DockerEngine;
  let database: TestDatabase;
  let world: World;
  let host: string;
  let before: Inspected[];
  const answers: string[] = [];

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1' }));
    const project = join(temporaryDirectory('compose'), 'shop');
    mkdirSync(join(project, 'conf'), { recursive: true });
    before = await composeUp(engine.docker, project, await freePort());
    await engine.docker.run({
      name: 'metrics',
      image: 'web:1',
      env: LONE_ENV,
      restart: 'unless-stopped',
    });
    before.push(await engine.docker.inspect('metrics'));
    database = await createDatabase();
    world = await World.start({ engine, env: { DATABASE_URL: database.url } });
    const agents = await world.until('/agents', Agents, ({ items }) => items[0]);
    host = agents.host;
  });
  afterAll(async () => {
    await world.stop();
    await engine.stop();
    await database.drop();
  });

  const launches = (all: Inspected[]) => all.map(({ Id, State }) => [Id, State.StartedAt]);
  const now = () => Promise.all(before.map(({ Id }) => engine.docker.inspect(Id)));
  const untilLone = (isWanted: (status: ResourceStatus) => boolean) =>
    world.until(LONE, ResourceStatus, (status) => isWanted(status) && status, 40_000);
  const isGood = ({ sync, health }: ResourceStatus) => sync === 'Synced' && health === 'Healthy';

  it('is imported, taken over without any difference, and not touched', async () => {
    const imported = await world.vigilctl('import', '--from-host', host, '-o', world.manifests);
    expect(imported).toMatchObject({ exitCode: 0 });
    expect(imported.stderr).toMatch(/shop-cache-1: warning: host name cache cannot be said/);
    expect(imported.stderr).not.toMatch(/error/);
    answers.push(imported.stdout, imported.stderr);
    const web = readFileSync(join(world.manifests, 'shop/web.yaml'), 'utf8');
    expect(web).toMatch(/dependsOn:\s+- shop\/Service\/api\n/);
    expect(web).toMatch(/MODE:\s+secretRef:/);

    for (const [name, replicas] of Object.entries(SERVICES)) {
      await world.expectRunning(name, replicas, 40_000);
    }
    await untilLone(isGood);
    expect(await world.drift()).toEqual([]);
    const isDone = ({ action, status }: Action) => action === 'adopt' && status === 'succeeded';
    for (const name of Object.keys(SERVICES)) await world.action(name, isDone);
    expect((await world.actions()).every(isDone)).toBe(true);
    expect(launches(await now())).toEqual(launches(before));
  });

  it('has nothing left to be imported', async () => {
    const again = await world.vigilctl('import', '--from-host', host);
    expect(again).toMatchObject({ exitCode: 1 });
    expect(again.stderr).toMatch(/found no container that a manifest could take over/);
  });

  it('shows a variable that somebody changes by hand, and not its value', async () => {
    const { Id, Config, HostConfig } = await engine.docker.inspect('shop-db-1');
    await engine.docker.remove(Id);
    await engine.docker.run({
      name: 'shop-db-1',
      image: 'web:1',
      labels: Config.Labels ?? {},
      env: { DB_NAME: 'shop', DB_PASSWORD: 'changed-by-hand' },
      hostConfig: HostConfig,
    });
    const found = await world.until(
      '/drift',
      Differences,
      ({ items }) => items.find(({ path }) => path === '/env/DB_PASSWORD'),
      40_000,
    );
    expect(found).toMatchObject({
      resource: 'shop/Service/db',
      observed: { digest: expect.stringMatching(/^[0-9a-f]{32}$/) },
    });
  });

  it('keeps a container with all of its variables as soon as a manifest says so', async () => {
    const file = join(world.manifests, 'default/metrics.yaml');
    const text = readFileSync(file, 'utf8');
    world.write('default/metrics.yaml', text.replace('mode: observe', 'mode: auto'));
    await eventually(async () => {
      const status = await world.api.get(LONE);
      return JSON.stringify(status.body).includes('"mode":"auto"');
    });
    await untilLone(isGood);
    await engine.docker.remove('metrics');
    const made = await eventually(
      async () => {
        const [listed] = await engine.docker.list('vigil.io/resource=default/Service/metrics');
        return listed?.State === 'running' ? engine.docker.inspect(listed.Id) : undefined;
      },
      { withinMs: 40_000 },
    );
    expect(made.Config.Env).toEqual(
      expect.arrayContaining(Object.entries(LONE_ENV).map(([name, value]) => `${name}=${value}`)),
    );
    await untilLone(isGood);
  });

  it('tells no value to anybody: not in an answer, a file, a log or a row', async () => {
    const imported = join(world.home, 'agent/imported');
    expect(statSync(imported).mode & 0o777).toBe(0o700);
    const told = await everythingTold();
    // the files are told of, so that this has looked where their values would be
    const mentions = told.filter(([, text]) => text.includes('/imported/metrics/TOKEN'));
    const places = mentions.map(([place]) => place);
    expect(places).toEqual(expect.arrayContaining([LONE, 'public.manifests']));
    for (const [place, text] of told) {
      expect([place, SECRETS.filter((secret) => text.includes(secret))]).toEqual([place, []]);
    }
  });

  /** With names for whoever has to find a leak. */
  async function everythingTold(): Promise<(readonly [string, string])[]> {
    const manifests = await world.until('/manifests', Manifests, ({ items }) => items);
    const actions = await world.actions();
    const paths = [
      '/agents',
      '/drift',
      '/drift/history',
      '/manifests',
      '/actions?limit=1000',
      '/sources',
      ...manifests.map(({ resource }) => `/manifests/${resource}`),
      ...manifests.map(({ resource }) => `/explain?resource=${resource}`),
      ...actions.map(({ id }) => `/actions/${id}`),
      ...actions.map(({ correlationId }) => `/explain/${correlationId}`),
    ];
    const told: (readonly [string, string])[] = [
      ['import', answers.join('\n')],
      ['console', world.launcher.printed],
    ];
    const described = await world.api.post(`/agents/${host}/describe`, {});
    told.push(['describe', JSON.stringify(described.body)]);
    for (const path of paths) {
      told.push([path, JSON.stringify((await world.api.get(path)).body)]);
    }
    for (const directory of [world.home, world.manifests]) {
      for (const file of filesBelow(directory)) {
        if (!file.includes('/agent/imported/')) told.push([file, readFileSync(file, 'latin1')]);
      }
    }
    return [...told, ...(await rowsOf(database.url))];
  }
});

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function rowsOf(url: string): Promise<(readonly [string, string])[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const told: (readonly [string, string])[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      told.push([name, rows.map(({ row }) => row).join('\n')]);
    }
    return told;
  } finally {
    await client.end();
  }
}
