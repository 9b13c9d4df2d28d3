import { jest } from '@jest/globals';
import { startSshGit, temporaryDirectory, type SshGit } from '@vigil/testkit';
import { basename, dirname } from 'node:path';
import { GitRepository } from './world/git-repository.js';
import { web } from './world/manifests.js';
import { Drift, pageOf } from './world/views.js';
import { World } from './world/world.js';

jest.setTimeout(120_000);

describe('a local Git repository as source', () => {
  let world: World;
  let repository: GitRepository;

  beforeAll(async () => {
    repository = GitRepository.create(temporaryDirectory('git'));
    repository.commit({ 'web.yaml': web() }, 'Declare web');
    world = await World.start({ source: repository.bare });
    await world.expectRunning('web', 1);
  });
  afterAll(() => world.stop());

  it('puts a commit in force, and says whose it is', async () => {
    const id = repository.commit({ 'api.yaml': web({ name: 'api', mode: 'api' }) }, 'Add api');
    await world.expectRunning('api', 1);
    const source = await world.source(({ revision }) => revision === id);
    expect(source).toMatchObject({ kind: 'git', commit: { id, message: 'Add api' } });
    expect(source.commit?.author).toContain('Ada');
  });

  it('keeps the last good commit when the next is invalid, and goes on when that is mended', async () => {
    const before = await world.replica('web');
    const good = await world.source(({ errors }) => errors.length === 0);
    repository.commit({ 'web.yaml': web({ replicas: 'two' }) }, 'Break web');
    const rejected = await world.source(({ errors }) => errors.length > 0);
    expect(rejected.revision).toBe(good.revision);
    expect(await world.replica('web')).toEqual(before);
    const sync = await world.vigilctl('sync');
    expect(sync.exitCode).toBe(1);
    expect(sync.stdout).toContain('web.yaml:6');

    repository.commit({ 'web.yaml': web({ replicas: 2 }) }, 'Mend web');
    await world.expectRunning('web', 2);
    expect((await world.vigilctl('sync')).exitCode).toBe(0);
  });
});

describe('a repository on a server, declared by a manifest', () => {
  let world: World;
  let repository: GitRepository;
  let server: SshGit;

  const declare = (knownHostsFile: string): void => {
    world.write('source.yaml', sourceManifest(knownHostsFile));
  };
  const sourceManifest = (knownHostsFile: string): string => `apiVersion: vigil.io/v1
kind: Source
metadata: { name: shop }
spec:
  url: ${server.urlOf(basename(repository.bare))}
  ssh:
    privateKey: { secretRef: { file: ${server.deployKey} } }
    knownHosts: { secretRef: { file: ${knownHostsFile} } }
`;

  beforeAll(async () => {
    repository = GitRepository.create(temporaryDirectory('git'));
    repository.commit({ 'web.yaml': web() }, 'Declare web');
    server = await startSshGit(dirname(repository.bare));
    world = await World.start({
      manifests: {
        'source.yaml': sourceManifest(server.knownHosts),
        // a source that comes up empty is not believed
        'host.yaml': 'apiVersion: vigil.io/v1\nkind: Host\nmetadata: { name: web-1 }\nspec: {}\n',
      },
    });
    await world.expectRunning('web', 1);
  });
  afterAll(async () => {
    await world.stop();
    await server.stop();
  });

  it('is looked at when somebody asks for it, and says whose commit is in force', async () => {
    const id = repository.commit({ 'web.yaml': web({ replicas: 2 }) }, 'Scale web');
    expect(await world.vigilctl('sync', 'shop')).toMatchObject({ exitCode: 0 });
    await world.expectRunning('web', 2);
    const source = await world.source(({ revision }) => revision === id, 'shop');
    expect(source).toMatchObject({
      kind: 'git',
      status: 'Synced',
      commit: { message: 'Scale web' },
    });
  });

  it('keeps what runs while it cannot be read, and says why', async () => {
    const before = await world.replica('web');
    declare(server.wrongKnownHosts);
    const unknown = await world.source(({ status }) => status === 'Unknown', 'shop');
    expect(unknown.message).toContain('host key is not the one in known_hosts');
    expect(await world.replica('web')).toEqual(before);
    declare(server.knownHosts);
    await world.source(({ status }) => status === 'Synced', 'shop');
    expect(await world.replica('web')).toEqual(before);
  });

  it('orphans what runs, and stops nothing, when it is not declared any more', async () => {
    const before = await world.replica('web');
    world.remove('source.yaml');
    await world.until('/drift', pageOf(Drift), ({ items }) =>
      items.some(({ type, resource }) => type === 'orphaned' && resource === 'shop/Service/web'),
    );
    expect(await world.replica('web')).toEqual(before);
  });
});
