import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An idle connection is kept this long, milliseconds: longer than the 60 s of most proxies. */
const KEEP_ALIVE_MS = 72_000;

const STARTING = JSON.stringify({
  type: 'about:blank',
  title: 'Service Unavailable',
  status: 503,
  detail: 'the service is starting',
});

/**
 * The port of a service. It is taken before anything of the service exists, so that a second process on
 * the same port ends before it has touched anything. Until the service lets requests in, each is
 * answered with 503.
 */
export class FrontDoor {
  readonly server: Server;
  private service: RequestListener | undefined;
  private isOpen = false;

  private constructor() {
    this.server = createServer(
      {
        keepAliveTimeout: KEEP_ALIVE_MS,
        shouldUpgradeCallback: () => this.isOpen && this.server.listenerCount('upgrade') > 0,
      },
      (request, response) => {
        if (this.isOpen && this.service !== undefined) {
          this.service(request, response);
          return;
        }
        response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' });
        response.end(STARTING);
      },
    );
  }

  /**
   * Listens on the port, on one that is free when it is 0.
   * @throws the error of the system, such as EADDRINUSE
   */
  static async take(port: number, bind: string): Promise<FrontDoor> {
    const door = new FrontDoor();
    const { server } = door;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host: bind }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return door;
  }

  /** Says what will answer the requests. */
  leadsTo(service: RequestListener): Server {
    this.service = service;
    return this.server;
  }

  /** From now on requests reach the service. */
  open(): void {
    this.isOpen = true;
  }

  /** `http://127.0.0.1:8083` */
  get url(): string {
    const { address, family, port } = addressOf(this.server);
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Accepts nothing any more, and waits for the requests that are being answered. Can be called twice. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }

  /** Gives the port up at once, whoever is waiting for an answer. */
  abandon(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  return address;
}
