import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { http } from '../http/node-http.js';
import { httpProbe } from './http-probe.js';

describe('httpProbe', () => {
  let server: Server;
  let answer: (response: ServerResponse) => void;
  let port: number;

  beforeEach(async () => {
    server = http.createServer((_request, response) => answer(response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const probe = (timeoutMs: number) =>
    httpProbe(port, '/health')(timeoutMs, new AbortController().signal);

  it.each([
    [200, true],
    [302, true],
    [404, false],
    [503, false],
  ])('takes status %d as a success: %s', async (status, success) => {
    answer = (response) => response.writeHead(status).end('text');
    expect((await probe(5_000)).success).toBe(success);
  });

  it('fails when there is no answer in time', async () => {
    answer = () => undefined;
    expect(await probe(50)).toEqual({
      success: false,
      message: `GET /health on port ${port}: no answer within 50 ms`,
    });
  });

  it('does not stay connected to an answer that never ends', async () => {
    let closed: Promise<unknown> | undefined;
    answer = (response) => {
      closed = once(response, 'close');
      response.writeHead(200);
      response.write('to be continued');
    };
    expect((await probe(300)).success).toBe(true);
    await closed;
    expect(closed).toBeDefined();
  });
});
