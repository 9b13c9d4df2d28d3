import {
  createDatabase,
  eventually,
  startNats,
  temporaryDirectory,
  type TestDatabase,
  type TestNats,
} from '@vigil/testkit';
import { chmodSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GitRepository } from './testing/git-repository.js';
import { serviceManifest } from './testing/manifests.js';
import { World } from './testing/world.js';

describe('a local Git repository as a source', () => {
  let nats: TestNats;
  let database: TestDatabase;
  let world: World | undefined;
  let folder: string;

  beforeEach(async () => {
    nats = await startNats();
    database = await createDatabase();
    folder = temporaryDirectory('git');
  }, 60_000);

  afterEach(async () => {
    await world?.stop();
    world = undefined;
    await nats.stop();
    await database.drop();
  });

  /** A poll interval that no test lives to see: what is picked up was seen by watching the refs. */
  const start = async (manifests: string) => {
    world = await World.start({
      natsUrl: nats.url,
      databaseUrl: database.url,
      manifests,
      gitPollIntervalMs: 3_600_000,
    });
    return world;
  };

  it('is read from the commit, never from the work tree', async () => {
    const repository = GitRepository.init(join(folder, 'repo'));
    const first = repository.commit('Add web\n\nBecause.', {
      'web.yaml': serviceManifest('web', 2),
      '.ci/pipeline.yaml': 'not: a manifest',
      'README.md': 'hello',
    });
    repository.write({ 'web.yaml': 'broken: [', 'other.yaml': serviceManifest('other') });
    const running = await start(repository.path);
    const source = await running.untilStatus('Synced', first);
    expect(source).toMatchObject({
      kind: 'git',
      resources: 1,
      commit: { id: first, author: 'Ada <ada@example.org>', message: 'Add web\n\nBecause.' },
    });
    await running.untilInForce({ 'default/Service/web': 2 });
    const second = repository.commit('Add other', { 'web.yaml': serviceManifest('web', 3) });
    await running.untilStatus('Synced', second);
    await running.untilInForce({ 'default/Service/other': 1, 'default/Service/web': 3 });
    await eventually(() => running.applied.some(({ revision }) => revision === second));
    expect(running.applied.at(-1)).toMatchObject({ previous: first, commit: { id: second } });
  });

  it('follows pushes, forced ones too, to a bare repository', async () => {
    const bare = GitRepository.init(join(folder, 'bare.git'), { bare: true });
    const clone = GitRepository.clone(bare.path, join(folder, 'clone'));
    const first = clone.commit('One', { 'web.yaml': serviceManifest('web', 1) });
    clone.git('push', '--quiet', 'origin', 'main');
    const running = await start(bare.path);
    await running.untilStatus('Synced', first);

    const second = clone.commit('Two', { 'web.yaml': serviceManifest('web', 2) });
    clone.git('push', '--quiet', 'origin', 'main');
    await running.untilStatus('Synced', second);

    clone.git('reset', '--quiet', '--hard', first);
    const forced = clone.commit('Two, differently', { 'web.yaml': serviceManifest('web', 5) });
    clone.git('push', '--quiet', '--force', 'origin', 'main');
    await running.untilStatus('Synced', forced);
    await running.untilInForce({ 'default/Service/web': 5 });

    bare.git('pack-refs', '--all');
    const third = clone.commit('Three', { 'web.yaml': serviceManifest('web', 6) });
    clone.git('push', '--quiet', 'origin', 'main');
    await running.untilStatus('Synced', third);
  });

  it('refuses an invalid commit and takes the one that repairs it', async () => {
    const repository = GitRepository.init(join(folder, 'repo'));
    const good = repository.commit('Good', { 'web.yaml': serviceManifest('web', 2) });
    const running = await start(repository.path);
    await running.untilStatus('Synced', good);
    const bad = repository.commit('Bad', { 'web.yaml': serviceManifest('web', -1) });
    const source = await running.untilStatus('Rejected', good);
    expect(source.errors).toMatchObject([{ file: 'web.yaml', line: 7, path: '/spec/replicas' }]);
    await eventually(() => running.rejected.some(({ revision }) => revision === bad));
    expect(running.rejected.at(-1)).toMatchObject({ inForce: good, commit: { id: bad } });
    await running.untilInForce({ 'default/Service/web': 2 });
    const repaired = repository.commit('Repaired', { 'web.yaml': serviceManifest('web', 4) });
    await running.untilStatus('Synced', repaired);
    await running.untilInForce({ 'default/Service/web': 4 });
  });

  it('does not touch a resource that a commit does not change', async () => {
    const repository = GitRepository.init(join(folder, 'repo'));
    const first = repository.commit('One', { 'web.yaml': serviceManifest('web') });
    const running = await start(repository.path);
    await running.untilStatus('Synced', first);
    const text = `# moved and commented\n${serviceManifest('web')}`;
    const second = repository.commit('Move', { 'web.yaml': undefined, 'apps/web.yaml': text });
    await running.untilStatus('Synced', second);
    await eventually(() => running.applied.some(({ revision }) => revision === second));
    expect(running.applied.at(-1)?.resources).toMatchObject([{ change: 'unchanged' }]);
    const rows = await running.query('SELECT version, file, line, current FROM manifests');
    expect(rows).toEqual([{ version: 1, file: 'apps/web.yaml', line: 2, current: true }]);
  });

  it('keeps what is in force without its branch, without its objects, and when it is emptied', async () => {
    const repository = GitRepository.init(join(folder, 'repo'));
    const first = repository.commit('One', { 'web.yaml': serviceManifest('web') });
    const running = await start(repository.path);
    await running.untilStatus('Synced', first);

    repository.commit('Empty', { 'web.yaml': undefined });
    const emptied = await running.untilStatus('Rejected', first);
    expect(emptied.errors[0]?.message).toContain('found no manifests, expected some');

    repository.git('update-ref', '-d', 'refs/heads/main');
    const branchless = await running.untilStatus('Unknown', first);
    expect(branchless.message).toContain('the branch main of');

    repository.git('update-ref', 'refs/heads/main', first);
    await running.untilStatus('Synced', first);
    const second = repository.commit('Two', { 'web.yaml': serviceManifest('web', 2) });
    await running.untilStatus('Synced', second);

    corruptObjects(repository.path);
    writeFileSync(join(repository.path, '.git/refs/heads/main'), `${first}\n`);
    const corrupt = await running.untilStatus('Unknown', second);
    expect(corrupt.message).toContain('cannot read');
    await running.untilInForce({ 'default/Service/web': 2 });
  });

  it('keeps what is in force while HEAD is detached', async () => {
    const repository = GitRepository.init(join(folder, 'repo'));
    const first = repository.commit('One', { 'web.yaml': serviceManifest('web') });
    const second = repository.commit('Two', { 'web.yaml': serviceManifest('web', 2) });
    const running = await start(repository.path);
    await running.untilStatus('Synced', second);
    repository.git('checkout', '--quiet', '--detach', first);
    const detached = await running.untilStatus('Unknown', second);
    expect(detached.message).toContain('HEAD is detached, expected a branch');
    await running.untilInForce({ 'default/Service/web': 2 });
    repository.git('checkout', '--quiet', 'main');
    await running.untilStatus('Synced', second);
  });

  it('neither follows nor reads links and submodules', async () => {
    const repository = GitRepository.init(join(folder, 'repo'));
    writeFileSync(join(folder, 'secret.yaml'), serviceManifest('secret'));
    repository.commit('One', { 'web.yaml': serviceManifest('web') });
    symlinkSync(join(folder, 'secret.yaml'), join(repository.path, 'link.yaml'));
    const id = repository.git('rev-parse', 'HEAD');
    repository.git('update-index', '--add', '--cacheinfo', `160000,${id},vendor`);
    repository.git('add', 'link.yaml');
    repository.git('commit', '--quiet', '--message', 'Links');
    const running = await start(repository.path);
    const source = await running.untilStatus('Synced', repository.git('rev-parse', 'HEAD'));
    await running.untilInForce({ 'default/Service/web': 1 });
    expect(source.warnings).toEqual([
      'link.yaml is a link: it is not read',
      'vendor is a submodule: it is not read',
    ]);
  });

  it('runs none of the programs that a repository names, and does not look around it', async () => {
    const outer = GitRepository.init(folder);
    outer.commit('Outer', { 'outer.yaml': serviceManifest('outer') });
    const repository = GitRepository.init(join(folder, 'repo'));
    const first = repository.commit('One', { 'web.yaml': serviceManifest('web') });
    const trap = join(folder, 'trap.sh');
    const sprung = join(folder, 'sprung');
    writeFileSync(trap, `#!/bin/sh\ntouch ${sprung}\n`);
    chmodSync(trap, 0o755);
    for (const key of ['core.fsmonitor', 'core.pager', 'pager.log', 'core.sshCommand']) {
      repository.git('config', key, trap);
    }
    repository.git('config', 'core.hooksPath', folder);
    const running = await start(repository.path);
    await running.untilStatus('Synced', first);
    rmSync(join(repository.path, '.git', 'HEAD'));
    const source = await running.untilStatus('Unknown', first);
    expect(source.message).toContain('not a git repository');
    expect(readdirSync(folder)).not.toContain('sprung');
  });

  it('fetches nothing that a partial clone lacks', async () => {
    const repository = GitRepository.init(join(folder, 'repo'));
    const first = repository.commit('One', { 'web.yaml': serviceManifest('web') });
    const running = await start(repository.path);
    await running.untilStatus('Synced', first);
    const sprung = join(folder, 'sprung');
    const trap = join(folder, 'trap.sh');
    writeFileSync(trap, `#!/bin/sh\ntouch ${sprung}\n`);
    chmodSync(trap, 0o755);
    const settings = {
      'core.repositoryFormatVersion': '1',
      'extensions.partialClone': 'origin',
      'remote.origin.url': 'ssh://git@example.org/repo',
      'remote.origin.promisor': 'true',
      'core.sshCommand': trap,
    };
    for (const [key, value] of Object.entries(settings)) repository.git('config', key, value);
    repository.git(
      'update-index',
      '--add',
      '--info-only',
      '--cacheinfo',
      `100644,${'1'.repeat(40)},lost.yaml`,
    );
    const tree = repository.git('write-tree', '--missing-ok');
    const second = repository.git('commit-tree', '-p', first, '-m', 'Lost', tree);
    writeFileSync(join(repository.path, '.git/refs/heads/main'), `${second}\n`);
    const source = await running.untilStatus('Unknown', first);
    expect(source.message).toContain('cannot read');
    expect(readdirSync(folder)).not.toContain('sprung');
  });

  it('becomes one when a directory is made a repository', async () => {
    const path = join(folder, 'later');
    const repository = GitRepository.init(path);
    rmSync(join(path, '.git'), { recursive: true });
    repository.write({ 'web.yaml': serviceManifest('web') });
    const running = await start(path);
    expect((await running.untilStatus('Synced')).kind).toBe('directory');
    GitRepository.init(path);
    const first = repository.commit('One', { 'web.yaml': serviceManifest('web', 2) });
    expect((await running.untilStatus('Synced', first)).kind).toBe('git');
  });
});

/** Damages every loose object, as a failing disk does. */
function corruptObjects(repository: string): void {
  const objects = join(repository, '.git', 'objects');
  for (const folder of readdirSync(objects).filter((name) => name.length === 2)) {
    for (const file of readdirSync(join(objects, folder))) {
      const path = join(objects, folder, file);
      chmodSync(path, 0o644);
      writeFileSync(path, 'damaged');
    }
  }
}
