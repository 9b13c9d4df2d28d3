import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { chooseFreePort } from '@vigil/embedded';

/** A way to a server that a test can bar: one client loses the server while others keep it. */
export interface Gate {
  /** Where the client connects to, instead of the server's own port. */
  readonly port: number;
  /** Breaks what goes through, and lets nothing through until it is opened. */
  close(): void;
  open(): void;
  stop(): Promise<void>;
}

/** An open gate on 127.0.0.1 to a port there. */
export async function startGate(targetPort: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const hold = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    if (!isOpen) {
      client.destroy();
      return;
    }
    const target = connect(targetPort, '127.0.0.1');
    hold(client);
    hold(target);
    client.on('close', () => target.destroy());
    target.on('close', () => client.destroy());
    client.pipe(target);
    target.pipe(client);
  });
  const port = await chooseFreePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    close,
    open: () => {
      isOpen = true;
    },
    stop: async () => {
      close();
      server.close();
      await once(server, 'close');
    },
  };
}
