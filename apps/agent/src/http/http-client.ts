import type { Agent, IncomingMessage, RequestOptions } from 'node:http';
import { http } from './node-http.js';

/** More than any answer that the agent waits for. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The server could not be asked, or did not answer: no connection, broken connection, time-out. */
export class NoAnswer extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NoAnswer';
  }
}

/**
 * Requests to one server over one connection that is kept open. Node's own `http`, because its global
 * `fetch` would cost the agent 30 MB of resident memory.
 */
export class HttpClient {
  private transport: Promise<Transport> | undefined;

  constructor(private readonly baseUrl: URL) {}

  /** @throws NoAnswer when there is no complete answer within the time-out */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    this.transport ??= openTransport(this.baseUrl);
    const transport = await this.transport;
    try {
      return await exchange(transport, this.baseUrl, request);
    } catch (error) {
      // the server may close an idle connection in the moment in which we use it
      if (error instanceof StaleConnection) return exchange(transport, this.baseUrl, request);
      throw error;
    }
  }

  /** Closes the connection. */
  async close(): Promise<void> {
    (await this.transport)?.agent.destroy();
  }
}

interface Transport {
  readonly agent: Agent;
  request(options: RequestOptions): ReturnType<typeof http.request>;
}

class StaleConnection extends NoAnswer {}

async function openTransport(url: URL): Promise<Transport> {
  const options = { keepAlive: true, maxSockets: 1, keepAliveMsecs: 15_000 };
  if (url.protocol === 'http:') {
    return { agent: new http.Agent(options), request: (request) => http.request(request) };
  }
  // TLS is loaded only by those who use it
  const https = await import('node:https');
  return { agent: new https.Agent(options), request: (request) => https.request(request) };
}

function exchange(transport: Transport, baseUrl: URL, request: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { body } = request;
    const sent = transport.request({
      protocol: baseUrl.protocol,
      hostname: baseUrl.hostname.replace(/^\[|\]$/g, ''),
      port: baseUrl.port,
      path: `${baseUrl.pathname.replace(/\/$/, '')}${request.path}`,
      method: request.method,
      agent: transport.agent,
      headers: {
        ...request.headers,
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      },
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    const timer = setTimeout(
      () => sent.destroy(new NoAnswer(`no answer within ${request.timeoutMs} ms`)),
      request.timeoutMs,
    );
    const fail = (error: Error, hasBegun: boolean) => {
      clearTimeout(timer);
      if (error instanceof NoAnswer) {
        reject(error);
        return;
      }
      const isStale = sent.reusedSocket && !hasBegun;
      reject(new (isStale ? StaleConnection : NoAnswer)(error.message, { cause: error }));
    };
    sent.once('error', (error) => fail(error, false));
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) response.destroy(new NoAnswer('the answer is too large'));
        else chunks.push(chunk);
      });
      response.once('error', (error) => fail(error, true));
      response.once('end', () => {
        clearTimeout(timer);
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    sent.end(body);
  });
}
