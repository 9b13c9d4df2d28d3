import { SourceSync } from '@vigil/contracts';
import {
  createDatabase,
  eventually,
  startNats,
  temporaryDirectory,
  type TestDatabase,
  type TestNats,
} from '@vigil/testkit';
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceManifest } from './testing/manifests.js';
import { World } from './testing/world.js';

describe('a directory as a source', () => {
  let nats: TestNats;
  let database: TestDatabase;
  let directory: string;
  let world: World;

  const write = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
  };

  beforeEach(async () => {
    nats = await startNats();
    database = await createDatabase();
    directory = join(temporaryDirectory('manifests'), 'source');
    mkdirSync(directory);
    write('web.yaml', serviceManifest('web', 2));
    world = await World.start({
      natsUrl: nats.url,
      databaseUrl: database.url,
      manifests: directory,
    });
  });

  afterEach(async () => {
    await world.stop();
    await nats.stop();
    await database.drop();
  });

  it('is put in force, announced, and told about', async () => {
    await world.untilInForce({ 'default/Service/web': 2 });
    const source = await world.untilStatus('Synced');
    expect(source).toMatchObject({ kind: 'directory', resources: 1, errors: [], commit: null });
    await eventually(() => world.applied.length > 0);
    expect(world.applied).toMatchObject([
      {
        source: 'default',
        revision: source.revision,
        resources: [{ resource: 'default/Service/web', change: 'added' }],
      },
    ]);
    const manifests = await world.query(
      'SELECT name, namespace, version, current, content FROM manifests',
    );
    expect(manifests).toMatchObject([
      {
        name: 'web',
        namespace: 'default',
        version: 1,
        current: true,
        content: { kind: 'Service' },
      },
    ]);
  });

  it('says since when each resource has been wanted as it is', async () => {
    write('db.yaml', serviceManifest('db', 1));
    await world.untilInForce({ 'default/Service/web': 2, 'default/Service/db': 1 });
    const first = await world.since();
    write('web.yaml', serviceManifest('web', 3));
    await world.untilInForce({ 'default/Service/web': 3, 'default/Service/db': 1 });
    const second = await world.since();
    write('web.yaml', serviceManifest('web', 2));
    await world.untilInForce({ 'default/Service/web': 2, 'default/Service/db': 1 });
    const third = await world.since();
    expect(third.db).toBe(first.db);
    expect(second.web).toBeGreaterThan(first.web ?? 0);
    expect(third.web).toBeGreaterThan(second.web ?? 0);
  });

  it('follows saves, atomic saves, new and removed files', async () => {
    await world.untilStatus('Synced');
    write('web.yaml', serviceManifest('web', 3));
    await world.untilInForce({ 'default/Service/web': 3 });

    write('.web.yaml.swp', serviceManifest('web', 4));
    renameSync(join(directory, '.web.yaml.swp'), join(directory, 'web.yaml'));
    await world.untilInForce({ 'default/Service/web': 4 });

    mkdirSync(join(directory, 'team'));
    write(
      'team/api.json',
      JSON.stringify({
        apiVersion: 'vigil.io/v1',
        kind: 'Service',
        metadata: { name: 'api' },
        spec: { runtime: 'process', command: ['x'] },
      }),
    );
    await world.untilInForce({ 'default/Service/api': 1, 'default/Service/web': 4 });

    unlinkSync(join(directory, 'web.yaml'));
    await world.untilInForce({ 'default/Service/api': 1 });
    await eventually(() => world.applied.length >= 5);
    expect(world.applied.at(-1)?.resources).toMatchObject([
      { resource: 'default/Service/api', change: 'unchanged' },
      { resource: 'default/Service/web', change: 'removed' },
    ]);
    await eventually(async () => {
      const versions = await world.query(
        'SELECT resource, version, current FROM manifests ORDER BY resource, version',
      );
      expect(versions).toEqual([
        { resource: 'default/Service/api', version: 1, current: true },
        { resource: 'default/Service/web', version: 1, current: false },
        { resource: 'default/Service/web', version: 2, current: false },
        { resource: 'default/Service/web', version: 3, current: false },
      ]);
      return true;
    });
  });

  it('refuses an invalid revision as a whole, and says where and why', async () => {
    const before = await world.untilStatus('Synced');
    write('api.yaml', serviceManifest('api'));
    write('web.yaml', serviceManifest('web', 7).replace('replicas', 'replcas'));
    const source = await world.untilStatus('Rejected');
    expect(source.revision).toBe(before.revision);
    expect(source.errors).toMatchObject([
      {
        file: 'web.yaml',
        line: 7,
        column: 3,
        path: '/spec/replcas',
        message: 'found the unknown field "replcas", did you mean "replicas"?',
      },
    ]);
    await world.untilInForce({ 'default/Service/web': 2 });
    await eventually(() => world.rejected.length > 0);
    expect(world.rejected).toMatchObject([{ source: 'default', inForce: before.revision }]);

    write('web.yaml', serviceManifest('web', 7));
    await world.untilInForce({ 'default/Service/api': 1, 'default/Service/web': 7 });
    expect((await world.untilStatus('Synced')).errors).toEqual([]);
  });

  it('keeps what is in force when the directory is emptied or vanishes', async () => {
    const before = await world.untilStatus('Synced');
    unlinkSync(join(directory, 'web.yaml'));
    const emptied = await world.untilStatus('Rejected');
    expect(emptied.errors[0]?.message).toContain('found no manifests, expected some');

    rmSync(directory, { recursive: true });
    const vanished = await world.untilStatus('Unknown');
    expect(vanished.message).toContain('it does not exist');
    expect(vanished.revision).toBe(before.revision);
    await world.untilInForce({ 'default/Service/web': 2 });

    mkdirSync(directory);
    write('web.yaml', serviceManifest('web', 5));
    await world.untilInForce({ 'default/Service/web': 5 });
  });

  it('follows links within the directory, and none that leads out of it', async () => {
    await world.untilStatus('Synced');
    mkdirSync(join(directory, '..v1'));
    write('..v1/api.yaml', serviceManifest('api', 1));
    mkdirSync(join(directory, '..v2'));
    write('..v2/api.yaml', serviceManifest('api', 2));
    symlinkSync('..v1', join(directory, '..data'));
    symlinkSync('..data/api.yaml', join(directory, 'api.yaml'));
    await world.untilInForce({ 'default/Service/api': 1, 'default/Service/web': 2 });

    symlinkSync('..v2', join(directory, '..data_tmp'));
    renameSync(join(directory, '..data_tmp'), join(directory, '..data'));
    await world.untilInForce({ 'default/Service/api': 2, 'default/Service/web': 2 });

    symlinkSync('..v3/api.yaml', join(directory, 'lost.yaml'));
    const broken = await world.untilStatus('Rejected');
    expect(broken.errors).toMatchObject([
      { file: 'lost.yaml', message: 'found a link to nothing, expected a file' },
    ]);
    unlinkSync(join(directory, 'lost.yaml'));
    await world.untilStatus('Synced');

    symlinkSync('/etc/passwd', join(directory, 'passwd.yaml'));
    const source = await world.untilStatus('Rejected');
    expect(source.errors.map(({ file }) => file)).toEqual(['passwd.yaml']);
    expect(source.errors[0]?.message).toContain('leads out of the source');
  });

  it('answers a person who asks for a sync', async () => {
    await world.untilStatus('Synced');
    const sync = (source: string) =>
      world.bus.request(SourceSync, { source, actor: 'test', correlationId: 'c-1' });
    expect(await sync('default')).toMatchObject({ outcome: 'applied', changed: false });
    expect(await sync('other')).toEqual({ outcome: 'unknown-source', known: ['default'] });
    write('bad.yaml', 'kind: Nothing');
    expect(await sync('default')).toMatchObject({
      outcome: 'rejected',
      errors: [{ file: 'bad.yaml', path: '/kind' }],
    });
    rmSync(directory, { recursive: true });
    expect(await sync('default')).toMatchObject({ outcome: 'unavailable' });
  });
});
