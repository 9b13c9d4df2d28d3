import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostSample } from '../host-metrics/collector.js';
import { http } from '../http/node-http.js';
import { exposition } from './exposition.js';

export interface PullSource {
  /** The newest samples. */
  samples(): readonly HostSample[];
  /** What keeps the agent from doing its work; nothing when it is ready. */
  notReady(): readonly string[];
}

export interface PullAddress {
  readonly port: number;
  readonly bind: string;
}

/** The port of the agent is not to be had. */
export class PortTaken extends Error {
  constructor(address: PullAddress, options: ErrorOptions) {
    super(`the port ${address.bind}:${address.port} cannot be listened on`, options);
    this.name = 'PortTaken';
  }
}

/**
 * Serves the host's own metrics for Prometheus, and probes. `/health*` is open to everybody who
 * reaches the port, `/metrics` only to this host: what runs here is nobody else's business.
 */
export class PullServer {
  private readonly server: Server;

  constructor(private readonly source: PullSource) {
    this.server = http.createServer((request, response) => this.answer(request, response));
    this.server.requestTimeout = 10_000;
  }

  /** Resolves with the port that it listens on. */
  async listen(address: PullAddress): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (cause) => reject(new PortTaken(address, { cause })));
      this.server.listen(address.port, address.bind, resolve);
    });
    const bound: AddressInfo | string | null = this.server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : address.port;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return problem(response, 405, 'Method Not Allowed', 'only GET is answered here');
    }
    switch (path) {
      case '/health':
      case '/health/ready':
        return this.answerReady(response);
      case '/health/live':
        return json(response, 200, { status: 'ok' });
      case '/metrics':
        return this.answerMetrics(request, response);
      default:
        return problem(response, 404, 'Not Found', `there is no ${path ?? ''}`);
    }
  }

  private answerReady(response: ServerResponse): void {
    const reasons = this.source.notReady();
    if (reasons.length === 0) return json(response, 200, { status: 'ok' });
    return json(response, 503, { status: 'degraded', detail: reasons.join('; ') });
  }

  private answerMetrics(request: IncomingMessage, response: ServerResponse): void {
    if (!isLoopback(request.socket.remoteAddress)) {
      return problem(response, 403, 'Forbidden', 'metrics are served to this host only');
    }
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(exposition(this.source.samples()));
  }
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address ?? '');
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function problem(response: ServerResponse, status: number, title: string, detail: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ type: 'about:blank', title, status, detail }));
}
