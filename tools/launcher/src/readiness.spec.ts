import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeHealth } from './readiness.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(status: number, body: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  return `http://127.0.0.1:${address.port}/health`;
}

function health(components: Readonly<Record<string, object>>): string {
  return JSON.stringify({ status: 'degraded', version: '1', uptimeSeconds: 1, components });
}

describe('what is said of a service that is not ready', () => {
  it.each([
    [
      'names the parts that are not well, and why',
      200,
      health({
        nats: { status: 'ok', latencyMs: 1 },
        state: { status: 'down', detail: 'loading: observed' },
        postgres: { status: 'degraded' },
      }),
      'state is down: loading: observed; postgres is degraded',
    ],
    [
      'says when the parts find nothing wrong',
      200,
      health({ nats: { status: 'ok' } }),
      'GET /health says that everything is well',
    ],
    [
      'says when the answer is not a report',
      503,
      '{"title":"x"}',
      'GET /health answers 503 and no report',
    ],
    ['says when the answer is not JSON', 200, 'welcome', 'GET /health answers 200 and no report'],
  ])('%s', async (_name, status, body, expected) => {
    expect(await describeHealth(await serve(status, body))).toBe(expected);
  });

  it('names the reason when nobody answers on its port', async () => {
    const url = await serve(200, '');
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    expect(await describeHealth(url)).toMatch(
      /^GET \/health: connect ECONNREFUSED 127\.0\.0\.1:\d+$/,
    );
  });
});
