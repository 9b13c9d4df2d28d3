import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { chooseFreePort, isReached } from './ports.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  servers.push(server);
  const port = await chooseFreePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { server, port };
}

describe('a port', () => {
  it('is reached when what connects to it arrives at who listens there, and not at somebody else', async () => {
    const [own, other] = [await listen(), await listen()];
    await expect(isReached(own.server, own.port)).resolves.toBe(true);
    // as a rule of the firewall leads it
    await expect(isReached(own.server, other.port)).resolves.toBe(false);
  });
});
