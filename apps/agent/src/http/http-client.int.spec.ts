import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { HttpClient, NoAnswer } from './http-client.js';
import { http } from './node-http.js';

let server: Server;
let client: HttpClient;
let connections = 0;
let answer: RequestListener;

beforeEach(async () => {
  connections = 0;
  answer = (_request, response) => response.end('ok');
  server = http.createServer((request, response) => answer(request, response));
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  client = new HttpClient(new URL(`http://127.0.0.1:${port}/base/`));
});
afterEach(async () => {
  await client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const post = (timeoutMs = 10_000) =>
  client.send({ method: 'POST', path: '/ingest', body: '{"ä":1}', timeoutMs });

describe('HttpClient', () => {
  it('sends and receives over one connection, below the base path', async () => {
    const seen: string[] = [];
    answer = (request, response) => {
      seen.push(
        `${request.method ?? ''} ${request.url ?? ''} ${request.headers['content-length'] ?? ''}`,
      );
      request.resume().on('end', () => {
        response.writeHead(202, { 'retry-after': '1' });
        response.end('grüße');
      });
    };
    expect(await post()).toMatchObject({
      status: 202,
      body: 'grüße',
      headers: { 'retry-after': '1' },
    });
    await post();
    expect(seen).toEqual(['POST /base/ingest 8', 'POST /base/ingest 8']);
    expect(connections).toBe(1);
  });

  it('opens a new connection when the server has closed the idle one meanwhile', async () => {
    await post();
    server.closeAllConnections();
    expect(await post()).toMatchObject({ status: 200 });
  });

  it('does not repeat a request that a living server has broken off', async () => {
    let requests = 0;
    answer = (request) => {
      requests += 1;
      request.socket.destroy();
    };
    await expect(post()).rejects.toThrow(NoAnswer);
    expect(requests).toBe(1);
  });

  it('gives up on a server that does not answer in time', async () => {
    answer = () => undefined;
    await expect(post(50)).rejects.toThrow('no answer within 50 ms');
  });

  it('gives up when it is told to', async () => {
    const controller = new AbortController();
    answer = () => controller.abort();
    const request = {
      method: 'GET',
      path: '/',
      timeoutMs: 10_000,
      signal: controller.signal,
    } as const;
    await expect(client.send(request)).rejects.toThrow(NoAnswer);
  });

  it('says that nobody listens', async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(post()).rejects.toThrow('ECONNREFUSED');
    server.listen(0);
    await once(server, 'listening');
  });

  it('does not take an answer without end', async () => {
    answer = (_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const more = (): void => {
        while (response.write(chunk)) if (response.destroyed) return;
        response.once('drain', more);
      };
      more();
    };
    await expect(post()).rejects.toThrow('the answer is too large');
  });
});
