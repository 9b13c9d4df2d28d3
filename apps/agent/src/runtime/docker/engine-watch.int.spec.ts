import { jest } from '@jest/globals';
import { eventually, temporaryDirectory } from '@vigil/testkit';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { dockerService, DockerWorld } from '../../testing/docker-world.js';

jest.setTimeout(30_000);

/** An engine without containers that can be told to keep silent, as a hung one does. */
class SilentEngine {
  readonly socket = join(temporaryDirectory('silent'), 'engine.sock');
  isSilent = false;
  streams: ServerResponse[] = [];
  private readonly server: Server = createServer((request, response) => {
    if (this.isSilent) return;
    const [path] = (request.url ?? '').split('?');
    response.setHeader('content-type', 'application/json');
    if (path === '/events') {
      this.streams.push(response);
      response.flushHeaders();
    } else if (path === '/_ping') response.end('OK');
    else response.end(path === '/containers/json' ? '[]' : '{}');
  });

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

  it('follows the events again when their stream has ended', async () => {
    const [first] = engine.streams;
    first?.end();
    await eventually(() => engine.streams.length > 1);
    expect(world.runtime.isKnown).toBe(true);
  });
});
