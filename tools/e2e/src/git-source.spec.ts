import { jest } from '@jest/globals';
import { temporaryDirectory } from '@vigil/testkit';
import { GitRepository } from './world/git-repository.js';
import { web } from './world/manifests.js';
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
