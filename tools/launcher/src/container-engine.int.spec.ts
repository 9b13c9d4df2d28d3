import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { temporaryDirectory } from '@vigil/testkit';
import { findContainerEngine } from './container-engine.js';

describe('the container engine of this machine', () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  async function engineThatSays(version: object): Promise<string> {
    const socket = join(temporaryDirectory('engine'), 'docker.sock');
    const server = createServer((_request, response) => response.end(JSON.stringify(version)));
    servers.push(server);
    server.listen(socket);
    await once(server, 'listening');
    return socket;
  }

  it.each([
    ['Docker 20.10.24', { Version: '20.10.24', Components: [{ Name: 'Engine' }] }],
    ['Podman 4.3.1', { Version: '4.3.1', Components: [{ Name: 'Podman Engine' }] }],
  ])('is named: %s', async (description, version) => {
    const socket = await engineThatSays(version);
    const env = { DOCKER_HOST: `unix://${socket}` };
    expect(await findContainerEngine(env)).toEqual({ socket, description });
  });

  it('is the one that the agent is told of, whatever clients of the engine are', async () => {
    const socket = await engineThatSays({ Version: '1' });
    const env = { VIGIL_DOCKER_HOST: socket, DOCKER_HOST: 'unix:///elsewhere' };
    expect(await findContainerEngine(env)).toMatchObject({ socket });
  });

  it('may not answer yet', async () => {
    const socket = join(temporaryDirectory('engine'), 'docker.sock');
    expect(await findContainerEngine({ VIGIL_DOCKER_HOST: socket })).toEqual({
      socket,
      description: `the engine at ${socket} (it does not answer yet)`,
    });
  });

  it('may be switched off', async () => {
    const socket = await engineThatSays({ Version: '1' });
    const env = { VIGIL_DOCKER_HOST: 'off', DOCKER_HOST: `unix://${socket}` };
    expect(await findContainerEngine(env)).toBeUndefined();
  });
});
