import { jest } from '@jest/globals';
import type { ExactImage } from '@vigil/contracts';
import { compareReplica } from '@vigil/drift';
import type { Service } from '@vigil/manifests';
import {
  startDockerEngine,
  startRegistry,
  testImage,
  type DockerEngine,
  type TestRegistry,
} from '@vigil/testkit';
import { dockerService, DockerWorld } from '../../testing/docker-world.js';
import { restartOf, startOf } from '../../testing/operations.js';

jest.setTimeout(60_000);

describe('exactly one image', () => {
  let engine: DockerEngine;
  let world: DockerWorld;
  let registry: TestRegistry;
  let count = 0;

  beforeAll(async () => {
    engine = await startDockerEngine();
    registry = await startRegistry();
  });
  beforeEach(async () => {
    world = await DockerWorld.open(engine.socket);
  });
  afterEach(() => world.leave());
  afterAll(async () => {
    await engine.stop();
    await registry.stop();
  });

  const imageOf = (web: Service) => {
    const image = world.observe(web)?.config.container?.image;
    if (image === undefined) throw new Error('the replica has no image');
    return image;
  };
  const driftOf = (web: Service, images?: ExactImage[]) => {
    const observed = world.observe(web);
    if (observed === undefined) throw new Error('nothing is observed');
    return compareReplica({ service: web, images }, observed).map(({ path }) => path);
  };

  /** Runs an image of the registry whose tag is then moved there. */
  async function pulledAndMoved(): Promise<{ web: Service; ran: ExactImage; nameAndTag: string }> {
    count += 1;
    const nameAndTag = `shop/web-${count}:1`;
    const first = testImage({ reference: 'x', version: `1.${count}` });
    const { reference } = registry.push(first, nameAndTag);
    const web = dockerService(`web-${count}`, { image: reference, pullPolicy: 'Always' });
    await expect(world.start(web)).resolves.toMatchObject({ status: 'succeeded' });
    const { id, repoDigests } = imageOf(web);
    registry.push(testImage({ reference: 'x', version: `2.${count}` }), nameAndTag);
    await engine.docker.pull(reference);
    await world.untilObserved(web, () => imageOf(web).currentId !== id);
    return { web, ran: { id, repoDigests }, nameAndTag };
  }

  it('is launched again after its tag has moved, told under that tag, and not by force', async () => {
    const { web, ran, nameAndTag } = await pulledAndMoved();
    const { currentId } = imageOf(web);
    expect(driftOf(web)).toEqual(['/image']);
    expect(driftOf(web, [ran])).toEqual([]);

    await engine.docker.remove(world.containerOf(web));
    await world.untilObserved(web, ({ state }) => state === 'exited');
    const pulls = registry.pulls;
    const start = { ...startOf(web), images: [ran] };
    await expect(world.carryOut(start)).resolves.toMatchObject({ status: 'succeeded' });
    expect(registry.pulls).toBe(pulls);
    expect(imageOf(web)).toMatchObject({ id: ran.id, reference: web.spec.image, currentId });
    expect(driftOf(web, [ran])).toEqual([]);

    // as it was made, so that it is not made anew
    const id = world.containerOf(web);
    const restart = { ...restartOf(web), images: [ran] };
    await expect(world.carryOut(restart)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.containerOf(web)).toBe(id);

    const { home } = world;
    await world.leave();
    world = await DockerWorld.open(engine.socket, { home });
    expect(imageOf(web)).toMatchObject({ id: ran.id, reference: web.spec.image, currentId });

    // what the tag names is still watched
    registry.push(testImage({ reference: 'x', version: '3' }), nameAndTag);
    await engine.docker.pull(web.spec.image ?? '');
    await world.untilObserved(web, () => imageOf(web).currentId !== currentId);
    await expect(world.restart(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(driftOf(web)).toEqual([]);
    expect(imageOf(web).id).not.toBe(ran.id);
  });

  it('is fetched by its digest when the host does not have it any more', async () => {
    const { web, ran } = await pulledAndMoved();
    await engine.docker.remove(world.containerOf(web));
    await engine.docker.removeImage(ran.id);
    const start = { ...startOf(web), images: [ran] };
    await expect(world.carryOut(start)).resolves.toMatchObject({ status: 'succeeded' });
    expect(imageOf(web)).toMatchObject({ id: ran.id, reference: web.spec.image });
    expect(world.progress.join(' ')).toContain('@sha256:');
  });

  it('that cannot be had fails clearly, and costs what runs nothing', async () => {
    const { web, ran } = await pulledAndMoved();
    await world.restart(web);
    const id = world.containerOf(web);
    await engine.docker.removeImage(ran.id);
    const gone = [{ ...ran, repoDigests: [] }];
    const restart = { ...restartOf(web), images: gone };
    await expect(world.carryOut(restart)).resolves.toMatchObject({
      status: 'failed',
      code: 'image-gone',
      message: expect.stringMatching(/ran before.*cannot be had.*not on this host any more/),
    });
    expect(world.containerOf(web)).toBe(id);
    expect(world.observe(web)).toMatchObject({ state: 'running' });
    // another one that is as good will do
    const current = { id: imageOf(web).id, repoDigests: [] };
    const either = { ...restartOf(web), images: [...gone, current] };
    await expect(world.carryOut(either)).resolves.toMatchObject({ status: 'succeeded' });
    expect(imageOf(web).id).toBe(current.id);
  });
});
