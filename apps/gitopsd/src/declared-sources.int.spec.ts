import {
  createDatabase,
  eventually,
  startGitDaemon,
  startNats,
  temporaryDirectory,
  type GitServer,
  type TestDatabase,
  type TestNats,
} from '@vigil/testkit';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GitRepository } from './testing/git-repository.js';
import { serviceManifest } from './testing/manifests.js';
import { World } from './testing/world.js';

describe('sources that manifests declare', () => {
  const root = temporaryDirectory('repositories');
  let server: GitServer;
  let shop: GitRepository;
  let nats: TestNats;
  let database: TestDatabase;
  let directory: string;
  let home: string;
  let world: World;

  const start = async (): Promise<World> => {
    const options = { natsUrl: nats.url, databaseUrl: database.url, manifests: directory, home };
    return World.start({ ...options, gitPollIntervalMs: 200 });
  };
  const write = (name: string, text: string): void => {
    writeFileSync(join(directory, name), text);
  };
  const declare = (name: string, spec = '{}'): void => {
    const url = server.urlOf(`${name}.git`);
    write(
      `source-${name}.yaml`,
      `apiVersion: vigil.io/v1\nkind: Source\nmetadata: { name: ${name} }\nspec: { url: "${url}", ref: ${spec} }\n`,
    );
  };
  /** `source: resource` of everything that is in force. */
  const inForce = async (): Promise<string[]> => {
    const rows = await world.query<{ source: string; resource: string }>(
      'SELECT source, resource FROM manifests WHERE current ORDER BY source, name',
    );
    return rows.map(({ source, resource }) => `${source}: ${resource.split('/').at(-1) ?? ''}`);
  };
  const untilInForce = (expected: readonly string[]): Promise<unknown> =>
    eventually(
      async () => {
        expect(await inForce()).toEqual(expected);
        return true;
      },
      { withinMs: 15_000 },
    );
  const statusOf = async (name: string): Promise<string | undefined> => {
    const [row] = await world.query<{ status: string; message: string | null }>(
      `SELECT status, message FROM sources WHERE name = '${name}'`,
    );
    return row && [row.status, row.message].filter(Boolean).join(': ');
  };
  const repository = (name: string): GitRepository => {
    GitRepository.init(join(root, `${name}.git`), { bare: true });
    const work = GitRepository.init(join(temporaryDirectory('work'), name));
    work.git('remote', 'add', 'origin', join(root, `${name}.git`));
    return work;
  };
  const push = (work: GitRepository, files: Readonly<Record<string, string | undefined>>): void => {
    work.commit('Change', files);
    work.git('push', '--quiet', 'origin', 'main');
  };

  beforeAll(async () => {
    server = await startGitDaemon(root);
  });
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(async () => {
    nats = await startNats();
    database = await createDatabase();
    directory = temporaryDirectory('manifests');
    home = temporaryDirectory('home');
    shop = repository('shop');
    push(shop, { 'web.yaml': serviceManifest('web') });
    write('local.yaml', serviceManifest('local'));
    declare('shop');
    world = await start();
    await untilInForce(['default: local', 'default: shop', 'shop: web']);
  });
  afterEach(async () => {
    await world.stop();
    await nats.stop();
    await database.drop();
    rmSync(join(root, 'shop.git'), { recursive: true, force: true });
  });

  it('are followed beside the one that declares them', async () => {
    await eventually(async () => (await statusOf('shop')) === 'Synced');
    push(shop, { 'db.yaml': serviceManifest('db') });
    await untilInForce(['default: local', 'default: shop', 'shop: db', 'shop: web']);
  });

  it('are read at another branch as soon as that is declared', async () => {
    shop.git('checkout', '--quiet', '-b', 'next');
    shop.commit('Next', { 'web.yaml': undefined, 'api.yaml': serviceManifest('api') });
    shop.git('push', '--quiet', 'origin', 'next');
    declare('shop', '{ branch: next }');
    await untilInForce(['default: local', 'default: shop', 'shop: api']);
    declare('shop', '{ branch: gone }');
    await eventually(async () => {
      expect(await statusOf('shop')).toContain('has no branch gone');
      return true;
    });
    await untilInForce(['default: local', 'default: shop', 'shop: api']);
  });

  it('have nothing in force any more when they are not declared, nor what they declare', async () => {
    const team = repository('team');
    push(team, { 'queue.yaml': serviceManifest('queue') });
    const url = server.urlOf('team.git');
    push(shop, {
      'team.yaml': `apiVersion: vigil.io/v1\nkind: Source\nmetadata: { name: team }\nspec: { url: "${url}" }\n`,
    });
    await untilInForce([
      'default: local',
      'default: shop',
      'shop: team',
      'shop: web',
      'team: queue',
    ]);
    rmSync(join(directory, 'source-shop.yaml'));
    await untilInForce(['default: local']);
    await eventually(async () => (await statusOf('team')) === undefined);
    expect(existsSync(join(home, 'gitopsd/sources/shop'))).toBe(false);
    declare('shop');
    await untilInForce([
      'default: local',
      'default: shop',
      'shop: team',
      'shop: web',
      'team: queue',
    ]);
  }, 40_000);

  it('are told of no more when they are not declared, also when they never could be read', async () => {
    declare('nowhere');
    await eventually(async () => (await statusOf('nowhere'))?.startsWith('Unknown') === true);
    const told = async (): Promise<string> => (await fetch(`${world.url}/metrics`)).text();
    expect(await told()).toContain('vigil_gitops_resources{source="shop"} 1');
    rmSync(join(directory, 'source-nowhere.yaml'));
    rmSync(join(directory, 'source-shop.yaml'));
    await eventually(async () => {
      expect([await statusOf('nowhere'), await statusOf('shop')]).toEqual([undefined, undefined]);
      return true;
    });
    expect(await told()).not.toContain('vigil_gitops_resources{source="shop"}');
  });

  it('go on after a restart, also while what declares them cannot be read', async () => {
    await world.stop();
    renameSync(directory, `${directory}-away`);
    push(shop, { 'db.yaml': serviceManifest('db') });
    world = await start();
    await untilInForce(['default: local', 'default: shop', 'shop: db', 'shop: web']);
    expect(await statusOf('default')).toContain('Unknown');
  });

  it('may not declare what another source has', async () => {
    push(shop, { 'local.yaml': serviceManifest('local') });
    await eventually(async () => (await statusOf('shop'))?.startsWith('Rejected') === true);
    await untilInForce(['default: local', 'default: shop', 'shop: web']);
  });
});
