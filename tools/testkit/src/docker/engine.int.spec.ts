import { eventually } from '../eventually.js';
import { freePort } from '../index.js';
import { EngineRefused } from './engine-api.js';
import { startDockerEngine, type DockerEngine } from './engine.js';
import { retagged, testImage } from './test-image.js';

const WEB = testImage({ reference: 'web:1', labels: { 'image.label': 'yes' } });

async function answerOf(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${String(port)}/`, {
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(1_000),
  });
  return response.text();
}

describe('startDockerEngine', () => {
  let engine: DockerEngine;
  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(WEB);
  }, 60_000);
  afterAll(() => engine.stop());

  async function runWeb(options: { name: string; image?: string; restart?: 'unless-stopped' }) {
    const port = await freePort();
    const ports = { [port]: 80 };
    const id = await engine.docker.run({
      image: 'web:1',
      env: { MODE: 'live' },
      ports,
      ...options,
    });
    return { id, port, answer: await eventually(() => answerOf(port)) };
  }

  it('runs a container whose published port answers with its version and environment', async () => {
    const { id, answer } = await runWeb({ name: 'serves' });
    expect(answer).toMatch(new RegExp(`^1 live ${id.slice(0, 12)} `));
    const { State, Image, Config } = await engine.docker.inspect('serves');
    expect(State.Running).toBe(true);
    expect(Image).toBe(WEB.id);
    expect(Config.Labels).toMatchObject({ 'image.label': 'yes' });
    await engine.docker.remove('serves');
    await expect(engine.docker.inspect('serves')).rejects.toThrow(EngineRefused);
  });

  it('keeps its containers over an orderly restart, and their policy starts them again', async () => {
    const { port, answer } = await runWeb({ name: 'kept', restart: 'unless-stopped' });
    await engine.restart();
    const again = await eventually(() => answerOf(port));
    expect(again.split(' ').slice(0, 3)).toEqual(answer.split(' ').slice(0, 3));
    expect(again).not.toBe(answer);
    await engine.docker.remove('kept');
  });

  it('leaves containers running when it is killed, and comes back', async () => {
    const { id } = await runWeb({ name: 'outlives', restart: 'unless-stopped' });
    const { State } = await engine.docker.inspect(id);
    await engine.kill();
    expect(process.kill(State.Pid, 0)).toBe(true);
    await engine.restart();
    expect((await engine.docker.list()).map(({ Id }) => Id)).toEqual([id]);
    await engine.docker.remove(id);
  });

  it('does not notice another engine', async () => {
    const other = await startDockerEngine({ liveRestore: true });
    await other.docker.load(WEB);
    const { id, port } = await runWeb({ name: 'same-name' });
    await other.docker.run({ image: 'web:1', name: 'same-name' });
    await other.kill();
    await other.stop();
    expect(await answerOf(port)).toContain(id.slice(0, 12));
    await engine.docker.remove(id);
  });
});

describe('testImage', () => {
  let engine: DockerEngine;
  beforeAll(async () => {
    engine = await startDockerEngine();
  }, 60_000);
  afterAll(() => engine.stop());

  it('makes the same image of the same options, and another of others', () => {
    expect(testImage({ reference: 'other:1', labels: { 'image.label': 'yes' } }).id).toBe(WEB.id);
    expect(testImage({ reference: 'web:1', version: '2' }).id).not.toBe(WEB.id);
  });

  it('moves a tag', async () => {
    await engine.docker.load(WEB);
    const next = retagged(testImage({ reference: 'web:2', version: '2' }), 'web:1');
    await engine.docker.load(next);
    const id = await engine.docker.create({ image: 'web:1' });
    expect((await engine.docker.inspect(id)).Image).toBe(next.id);
  });

  it('makes images that exit at once, and that never answer', async () => {
    await engine.docker.load(testImage({ reference: 'exits', behaviour: 'exits' }));
    await engine.docker.load(testImage({ reference: 'mute', behaviour: 'never-answers' }));
    const exits = await engine.docker.run({ image: 'exits' });
    const code = await eventually(async () => {
      const { State } = await engine.docker.inspect(exits);
      return State.Status === 'exited' && State.ExitCode;
    });
    expect(code).toBe(1);
    const port = await freePort();
    const mute = await engine.docker.run({ image: 'mute', ports: { [port]: 80 } });
    await expect(answerOf(port)).rejects.toThrow();
    expect((await engine.docker.inspect(mute)).State.Running).toBe(true);
  });
});
