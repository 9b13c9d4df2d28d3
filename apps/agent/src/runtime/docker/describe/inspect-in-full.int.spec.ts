import { temporaryDirectory } from '@vigil/testkit';
import { once } from 'node:events';
import { join } from 'node:path';
import { http } from '../../../http/node-http.js';
import { Engine } from '../engine/engine.js';

const PLAIN = { Id: 'c1', State: {}, Config: {}, HostConfig: {} };
const ANSWERS: Readonly<Record<string, object>> = {
  '/containers/plain/json': PLAIN,
  '/containers/odd/json': { ...PLAIN, HostConfig: { Tmpfs: 'hunter2' } },
};

/** An engine that no version of the client knows. */
async function oddEngine() {
  const server = http.createServer((request, response) => {
    const answer = ANSWERS[request.url ?? ''];
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(JSON.stringify(answer ?? { message: 'no such container' }));
  });
  const socket = join(temporaryDirectory('odd-engine'), 'docker.sock');
  server.listen(socket);
  await once(server, 'listening');
  return { engine: await Engine.at(socket), server };
}

describe('an inspection in full', () => {
  it('says where it is not understood, and repeats nothing of it', async () => {
    const { engine, server } = await oddEngine();
    await expect(engine.inspectInFull('plain')).resolves.toMatchObject({ container: { id: 'c1' } });
    await expect(engine.inspectInFull('nobody')).resolves.toBeUndefined();
    await expect(engine.inspectInFull('odd')).rejects.toThrow(
      /^what the engine says is not understood, at HostConfig\.Tmpfs$/,
    );
    engine.end();
    server.closeAllConnections();
    server.close();
  });
});
