import { http } from '../http/node-http.js';
import { PortTaken, PullServer } from './pull-server.js';

let notReady: string[];
let server: PullServer;
let port: number;

beforeEach(async () => {
  notReady = [];
  server = new PullServer({
    samples: () => [{ name: 'load1', value: 0.5 }],
    notReady: () => notReady,
  });
  port = await server.listen({ port: 0, bind: '127.0.0.1' });
});
afterEach(() => server.close());

function ask(
  path: string,
  method = 'GET',
): Promise<{ status: number; type: string; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, method, agent: false });
    request.on('error', reject);
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          body,
        }),
      );
    });
    request.end();
  });
}

describe('PullServer', () => {
  it('serves the newest samples to this host', async () => {
    expect(await ask('/metrics')).toEqual({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: '# TYPE load1 gauge\nload1 0.5\n',
    });
  });

  it('is alive whatever is missing, and says what keeps it from being ready', async () => {
    expect(await ask('/health/ready')).toMatchObject({ status: 200 });
    notReady = ['the channel to the collector is not open'];
    expect(await ask('/health/live')).toMatchObject({ status: 200 });
    const { status, body } = await ask('/health/ready');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({ status: 'degraded', detail: notReady[0] });
  });

  it.each([
    ['/other', 'GET', 404],
    ['/metrics', 'POST', 405],
  ])('answers %s %s with a problem', async (path, method, status) => {
    const answer = await ask(path, method);
    expect(answer).toMatchObject({ status, type: 'application/problem+json' });
    expect(JSON.parse(answer.body)).toMatchObject({ status });
  });

  it('says that its port is taken', async () => {
    const second = new PullServer({ samples: () => [], notReady: () => [] });
    await expect(second.listen({ port, bind: '127.0.0.1' })).rejects.toThrow(PortTaken);
  });
});
