import { startDockerEngine, type DockerEngine } from './engine.js';
import { startRegistry, type TestRegistry } from './registry.js';
import { testImage } from './test-image.js';

describe('startRegistry', () => {
  const image = testImage({ reference: 'not-loaded' });
  const credentials = { user: 'ada', password: 'p:ssword' };
  let engine: DockerEngine;
  let registry: TestRegistry;
  beforeAll(async () => {
    [engine, registry] = await Promise.all([startDockerEngine(), startRegistry({ credentials })]);
  }, 60_000);
  afterAll(() => Promise.all([engine.stop(), registry.stop()]));

  it('lets an engine that knows the password pull, by tag and by digest', async () => {
    const { reference, digest } = registry.push(image, 'shop/web:1');
    await engine.docker.pull(reference, credentials);
    const id = await engine.docker.create({ image: reference });
    expect((await engine.docker.inspect(id)).Image).toBe(image.id);
    const pinned = `${registry.address}/shop/web@${digest}`;
    await engine.docker.pull(pinned, credentials);
    expect(await engine.docker.create({ image: pinned })).toMatch(/^[0-9a-f]{64}$/);
    expect(registry.pulls).toBeGreaterThan(0);
  });

  it('refuses everybody else, and what it does not have', async () => {
    const { reference } = registry.push(image, 'shop/other:1');
    await expect(engine.docker.pull(reference)).rejects.toThrow();
    await expect(
      engine.docker.pull(reference, { ...credentials, password: 'guess' }),
    ).rejects.toThrow();
    await expect(
      engine.docker.pull(`${registry.address}/shop/absent:1`, credentials),
    ).rejects.toThrow(/manifest unknown/);
  });

  it('tells the credentials as docker login writes them', () => {
    const auth = Buffer.from('ada:p:ssword').toString('base64');
    expect(JSON.parse(registry.dockerConfig)).toEqual({ auths: { [registry.address]: { auth } } });
  });
});
