import { jest } from '@jest/globals';
import { eventually, temporaryDirectory } from '@vigil/testkit';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { dockerService, DockerWorld } from '../../testing/docker-world.js';

jest.setTimeout(30_000);

/** An engine without containers that can be told to keep silent, as a hung one does. */
class SilentEngine {
  readonly socket = join(temporaryDirectory('silent'), 'engine.sock');
  isSilent = false;
  containers: { readonly Id: string; readonly Labels: Readonly<Record<string, string>> }[] = [];
  /** Closes each connection at its second use, as if it had just grown too old. */
  closesReused = false;
  streams: ServerResponse[] = [];
  private readonly used = new WeakSet<Socket>();
  private readonly server: Server = createServer((request, response) => {
    if (this.isSilent) return;
    if (this.closesReused && this.used.has(request.socket)) {
      request.socket.destroy();
      return;
    }
    this.used.add(request.socket);
    const [path] = (request.url ?? '').split('?');
    response.setHeader('content-type', 'application/json');
    if (path === '/events') {
      this.streams.push(response);
      response.flushHeaders();
    } else if (path === '/_ping') response.end('OK');
    else if (path === '/containers/json') response.end(JSON.stringify(this.containers));
    else response.end(JSON.stringify(this.inspected(path)));
  });

  private inspected(path = ''): object {
    const [, id] = /^\/containers\/(.+)\/json$/.exec(path) ?? [];
    const found = this.containers.find(({ Id }) => Id === id);
    const rest = { State: {}, HostConfig: {}, Config: { Labels: found?.Labels } };
    return found === undefined ? {} : { ...found, Name: `/${found.Id}`, ...rest };
  }

  async open(): Promise<void> {
    this.server.listen(this.socket);
    await once(this.server, 'listening');
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

describe('EngineWatch', () => {
  let engine: SilentEngine;
  let world: DockerWorld;

  beforeEach(async () => {
    engine = new SilentEngine();
    await engine.open();
    world = await DockerWorld.open(engine.socket);
  });
  afterEach(async () => {
    await world.leave();
    await engine.close();
  });

  it('knows nothing of an engine that keeps silent, as soon as somebody asks', async () => {
    engine.isSilent = true;
    await world.runtime.lookAgain();
    expect(world.runtime.isKnown).toBe(false);
    await expect(world.start(dockerService('web'))).resolves.toMatchObject({ code: 'engine-away' });
    engine.isSilent = false;
    await world.until(() => (world.runtime.isKnown ? true : undefined));
  });

  it('does not take a connection that was closed for an engine that is gone', async () => {
    engine.closesReused = true;
    for (let look = 0; look < 3; look += 1) {
      await world.runtime.lookAgain();
      expect(world.runtime.isKnown).toBe(true);
    }
    expect(engine.streams).toHaveLength(1);
  });

  it('sees hundreds of containers while somebody waits for it', async () => {
    engine.containers = Array.from({ length: 300 }, (_none, replica) => ({
      Id: `id-${replica}`,
      Labels: {
        'vigil.io/instance': 'here',
        'vigil.io/resource': 'test/Service/many',
        'vigil.io/replica': String(replica),
      },
    }));
    await world.runtime.lookAgain();
    expect(world.runtime.isKnown).toBe(true);
    expect(world.runtime.observeAll()).toHaveLength(300);
  });

  it('asks the engine at its socket, whatever clients of another one are told', async () => {
    const { DOCKER_HOST } = process.env;
    process.env['DOCKER_HOST'] = 'tcp://127.0.0.1:1';
    try {
      const other = await DockerWorld.open(engine.socket);
      expect(other.runtime.isKnown).toBe(true);
      await other.leave();
    } finally {
      if (DOCKER_HOST === undefined) delete process.env['DOCKER_HOST'];
      else process.env['DOCKER_HOST'] = DOCKER_HOST;
    }
  });

  it('hears of everything, also what is told late and after the clock was set back', async () => {
    engine.containers = [{ Id: 'a', Labels: {} }];
    const [stream] = engine.streams;
    const tell = (id: string, at: number) =>
      stream?.write(
        `${JSON.stringify({
          Type: 'container',
          Action: 'start',
          Actor: { ID: id, Attributes: {} },
          timeNano: at * 1e6,
        })}\n`,
      );
    tell('later', Date.now() + 3_600_000);
    await world.until(() => world.runtime.unmanaged().find(({ id }) => id === 'a'));
    engine.containers = [{ Id: 'b', Labels: {} }];
    tell('earlier', Date.now());
    await world.until(() => world.runtime.unmanaged().find(({ id }) => id === 'b'));
  });

  it('follows the events again when their stream has ended', async () => {
    const [first] = engine.streams;
    first?.end();
    await eventually(() => engine.streams.length > 1);
    expect(world.runtime.isKnown).toBe(true);
  });
});
