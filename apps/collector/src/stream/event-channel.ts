import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** A client that takes nothing for so long is gone, milliseconds. */
const STALLED_MS = 30_000;

/** Writes server-sent events to one client, and waits when it reads slowly. */
export class EventChannel {
  private readonly closing = new AbortController();

  /** @param takeOver called right before the first byte: from then on nobody else may answer */
  constructor(
    private readonly response: ServerResponse,
    private readonly takeOver: () => void,
  ) {
    response.on('close', () => this.closing.abort());
    response.on('error', () => this.closing.abort());
  }

  /** Aborted when the client has gone, or `close` was called. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  open(): void {
    this.takeOver();
    this.response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      connection: 'keep-alive',
      // nginx would hold events back
      'x-accel-buffering': 'no',
    });
    this.response.write('retry: 1000\n\n');
  }

  async event(type: string, data: unknown, id?: string): Promise<void> {
    const head = id === undefined ? '' : `id: ${id}\n`;
    await this.write(`${head}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Keeps proxies from closing the connection. */
  async heartbeat(): Promise<void> {
    await this.write(': still here\n\n');
  }

  close(): void {
    this.closing.abort();
    this.response.end();
  }

  /** Ends it without what it has not read yet. */
  drop(): void {
    this.closing.abort();
    this.response.destroy();
  }

  private async write(text: string): Promise<void> {
    if (this.closed.aborted || this.response.write(text)) return;
    const signal = AbortSignal.any([this.closed, AbortSignal.timeout(STALLED_MS)]);
    try {
      await once(this.response, 'drain', { signal });
    } catch {
      this.drop();
    }
  }
}
