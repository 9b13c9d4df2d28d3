import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { chooseFreePort, isReached } from './ports.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(
  onArrival: (socket: Socket) => void = () => undefined,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onArrival(socket);
  });
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

  it('is not reached either when somebody else hangs up at once', async () => {
    const [own, other] = [await listen(), await listen((socket) => socket.end())];
    await expect(isReached(own.server, other.port)).resolves.toBe(false);
  });
});
