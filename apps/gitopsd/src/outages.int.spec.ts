import { controlKey, ControlsBucket, DesiredStateBucket } from '@vigil/contracts';
import { NatsConnection } from '@vigil/messaging';
import {
  createDatabase,
  eventually,
  startNats,
  startPostgres,
  temporaryDirectory,
  type TestDatabase,
  type TestNats,
} from '@vigil/testkit';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEPT_REVISIONS } from './desired-state/prune-desired-state.js';
import { serviceManifest } from './testing/manifests.js';
import { World } from './testing/world.js';

const HOST = 'apiVersion: vigil.io/v1\nkind: Host\nmetadata: { name: web-1 }\nspec: {}\n';
const POLICIES = 'policies: [{ name: busy, condition: cpu_usage > 80% for 5m, action: notify }]\n';

describe('gitopsd without its servers, or held back', () => {
  let nats: TestNats;
  let database: TestDatabase;
  let directory: string;
  let world: World | undefined;

  const start = async (databaseUrl = database.url) => {
    world = await World.start({ natsUrl: nats.url, databaseUrl, manifests: directory });
    return world;
  };
  const write = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
  };

  beforeEach(async () => {
    nats = await startNats();
    database = await createDatabase();
    directory = temporaryDirectory('manifests');
    write('web.yaml', serviceManifest('web', 1));
  });
  afterEach(async () => {
    await world?.stop();
    world = undefined;
    await nats.stop();
    await database.drop();
  });

  it('writes the bucket again when NATS has lost its data, without announcing anything', async () => {
    const running = await start();
    const { revision } = await running.untilStatus('Synced');
    await eventually(() => running.applied.length === 1);
    const { manager } = running.get(NatsConnection).require();
    await manager.streams.delete('KV_desired_state');
    await nats.restart();
    await running.untilInForce({ 'default/Service/web': 1 });
    const [row] = await running.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM revisions',
    );
    expect(row?.count).toBe(1);
    write('web.yaml', serviceManifest('web', 2));
    await running.untilInForce({ 'default/Service/web': 2 });
    await eventually(() => running.applied.length === 2);
    expect(running.applied.map((event) => event.previous)).toEqual([undefined, revision]);
  });

  it('keeps what is in force while PostgreSQL is away, and goes on when it is back', async () => {
    const postgres = await startPostgres();
    const running = await start(postgres.url);
    await running.untilStatus('Synced');
    await postgres.stop();
    write('web.yaml', serviceManifest('web', 2));
    await eventually(async () => {
      const health: unknown = await (await fetch(`${running.url}/health`)).json();
      expect(health).toMatchObject({
        status: 'degraded',
        components: { postgres: { status: 'down' } },
      });
      return true;
    });
    await running.untilInForce({ 'default/Service/web': 1 });
    await postgres.restart();
    await running.untilInForce({ 'default/Service/web': 2 });
    await running.untilStatus('Synced');
    await running.stop();
    world = undefined;
    await postgres.stop();
  }, 20_000);

  it('numbers above both when PostgreSQL has lost its data', async () => {
    const before = await start();
    await before.untilInForce({ 'default/Service/web': 1 });
    write('web.yaml', serviceManifest('web', 2));
    await before.untilInForce({ 'default/Service/web': 2 });
    await before.untilStatus('Synced');
    await before.stop();
    await database.drop();
    database = await createDatabase();
    const after = await start();
    const { revision } = await after.untilStatus('Synced');
    write('web.yaml', serviceManifest('web', 3));
    await after.untilInForce({ 'default/Service/web': 3 });
    const generations = await after.query<{ generation: number }>(
      'SELECT generation FROM revisions ORDER BY id',
    );
    expect(generations.map(({ generation }) => generation)).toEqual([3, 4]);
    expect(revision).not.toBeNull();
  });

  it('fetches, but puts nothing in force, while its source is suspended', async () => {
    const running = await start();
    const before = await running.untilStatus('Synced');
    const controls = running.buckets.open(ControlsBucket).keys('source');
    const control = { active: true, reason: 'release freeze', actor: 'ada', at: Date.now() };
    await controls.put(controlKey.source('default'), control);
    write('web.yaml', serviceManifest('web', 2));
    const suspended = await running.untilStatus('Suspended', before.revision ?? '');
    expect(suspended.message).toContain('ada suspended the source (release freeze)');
    await running.untilInForce({ 'default/Service/web': 1 });

    write('web.yaml', serviceManifest('web', -2));
    await running.untilStatus('Rejected');
    write('web.yaml', serviceManifest('web', 3));
    await running.untilStatus('Suspended');
    await controls.put(controlKey.source('default'), { ...control, active: false });
    await running.untilInForce({ 'default/Service/web': 3 });
    await running.untilStatus('Synced');
  });

  it('puts nothing in force while nobody knows whether its source is suspended', async () => {
    const running = await World.start({
      natsUrl: nats.url,
      databaseUrl: database.url,
      manifests: directory,
      controlsRestored: false,
    });
    world = running;
    const source = await running.untilStatus('Unknown');
    expect(source.message).toMatch(/not known whether the source is suspended/);
    expect(await running.desiredState()).toBeUndefined();
    await running.restoreControls();
    await running.untilInForce({ 'default/Service/web': 1 });

    await running.loseNats(nats);
    write('web.yaml', serviceManifest('web', 2));
    await running.untilStatus('Unknown');
    const control = { active: true, reason: 'release freeze', actor: 'ada', at: Date.now() };
    const controls = running.buckets.open(ControlsBucket).keys('source');
    await controls.put(controlKey.source('default'), control);
    await running.restoreControls();
    await running.untilStatus('Suspended');
    await running.untilInForce({ 'default/Service/web': 1 });
  }, 30_000);

  it('puts manifests of every kind back when NATS has lost its data', async () => {
    write('host.yaml', HOST);
    write('policies.yaml', POLICIES);
    const running = await start();
    await eventually(async () => (await running.desiredState())?.size === 3);
    const before = await running.desiredState();
    await running.loseNats(nats);
    await running.restoreControls();
    await eventually(async () => {
      expect(await running.desiredState()).toEqual(before);
      return true;
    });
  }, 30_000);

  it('refuses a resource that belongs to another source', async () => {
    const running = await start();
    await running.untilStatus('Synced');
    await running.query(
      `INSERT INTO manifests (resource, namespace, kind, name, content, version, checksum, source,
                              revision, generation, file, line, current, created_at)
       VALUES ('default/Service/db', 'default', 'Service', 'db', '{}', 1, '', 'team-b', 'r', 1,
               'db.yaml', 1, true, now())`,
    );
    write('db.yaml', serviceManifest('db'));
    const source = await running.untilStatus('Rejected');
    expect(source.errors.map(({ file }) => file)).toEqual(['db.yaml']);
    expect(source.errors[0]?.message).toContain('it belongs to source team-b');
  });

  it('keeps the manifests of the last revisions in the bucket, and no others', async () => {
    const running = await start();
    await running.untilInForce({ 'default/Service/web': 1 });
    const last = KEPT_REVISIONS + 4;
    for (let replicas = 2; replicas <= last; replicas += 1) {
      write('web.yaml', serviceManifest('web', replicas));
      await running.untilInForce({ 'default/Service/web': replicas });
    }
    await eventually(async () => {
      const entries = await running.buckets
        .open(DesiredStateBucket)
        .entries(AbortSignal.timeout(5_000));
      const kept = entries.flatMap((entry) =>
        entry.kind === 'put' && entry.prefix === 'spec' && entry.value.kind === 'Service'
          ? [entry.value.spec.replicas]
          : [],
      );
      const expected = Array.from({ length: KEPT_REVISIONS }, (_, age) => last - age);
      expect(kept.toSorted((a, b) => b - a)).toEqual(expected);
      expect(entries.filter(({ prefix }) => prefix === 'index')).toHaveLength(KEPT_REVISIONS);
      return true;
    });
  }, 20_000);
});
