import {
  CreatedKey,
  Problem,
  Role,
  ROUTE_ACCESS,
  ROUTES,
  type RouteDefinition,
} from '@vigil/contracts';
import { callApi } from './testing/api-client.js';
import {
  ADMIN_KEY,
  createWorld,
  WORLD_TIMEOUT_MS,
  type CollectorWorld,
} from './testing/collector-world.js';
import { enrol } from './testing/enrol.js';

const AGENT_HOST = 'own-host';

/** A path that the router finds, with values that name nothing. */
const concrete = (path: string) =>
  path
    .replace('/agents/{id}/channel', `/agents/${AGENT_HOST}/channel`)
    .replace('{resource...}', 'not a resource')
    .replace(/\{\w+\}/g, 'none')
    .replaceAll(' ', '%20');

const KEYED = Object.entries<RouteDefinition>(ROUTES).filter(
  ([, route]) => route.access !== 'open' && route.access !== 'token',
);
const NO_BODY = new Set(['ingest', 'agentChannel', 'stream']);

describe('access to every route', () => {
  let world: CollectorWorld;
  const keys = new Map<Role, string>();

  beforeAll(async () => {
    world = await createWorld();
    for (const role of ['operator', 'read-only', 'ingest', 'admin'] as const) {
      const answer = await callApi(world.url, 'POST', '/keys', { body: { name: role, role } });
      keys.set(role, CreatedKey.parse(answer.body).key);
    }
    keys.set('agent', (await enrol(world.url, AGENT_HOST)).key);
  }, WORLD_TIMEOUT_MS);
  afterAll(() => world.stop());

  it.each(KEYED)('%s wants a key', async (_name, route) => {
    for (const key of [undefined, 'vgl_key_wrong', '']) {
      const answer = await callApi(world.url, route.method, concrete(route.path), { key });
      expect({ status: answer.status, problem: Problem.safeParse(answer.body).success }).toEqual({
        status: 401,
        problem: true,
      });
      expect(answer.headers['www-authenticate']).toContain('Bearer');
      expect(answer.headers['content-type']).toContain('application/problem+json');
    }
  });

  const rows = KEYED.flatMap(([name, route]) =>
    Role.options.map((role) => ({ name, route, role })),
  );

  it.each(rows.filter(({ name }) => name !== 'stream'))(
    '$name for $role',
    async ({ name, route, role }) => {
      const roles: readonly Role[] = ROUTE_ACCESS[route.access];
      const answer = await callApi(world.url, route.method, concrete(route.path), {
        key: keys.get(role),
        ...(route.method === 'POST' && !NO_BODY.has(name) ? { body: { unknown: true } } : {}),
      });
      if (roles.includes(role)) {
        expect([401, 403]).not.toContain(answer.status);
        expect(answer.status).not.toBe(500);
      } else {
        expect(answer.status).toBe(403);
      }
    },
  );

  it('serves no route that is not in the list', async () => {
    const answer = await callApi(world.url, 'GET', '/nowhere');
    expect(answer.status).toBe(404);
  });

  it('tells nobody without a key what there is not', async () => {
    for (const path of ['/nowhere', '/healthy', '/']) {
      const answer = await callApi(world.url, 'GET', path, { key: undefined });
      expect({ path, status: answer.status }).toEqual({ path, status: 401 });
      expect(answer.headers['www-authenticate']).toContain('Bearer');
    }
    expect((await callApi(world.url, 'GET', '/health/none', { key: undefined })).status).toBe(404);
  });

  it.each(['/health', '/health/live', '/health/ready', '/api/v1/health/liveness'])(
    '%s is open',
    async (path) => {
      expect((await callApi(world.url, 'GET', path, { key: undefined })).status).toBe(200);
    },
  );

  it('opens the documentation to a browser, and nothing else', async () => {
    const headers = {
      authorization: `Basic ${Buffer.from(`ann:${ADMIN_KEY}`).toString('base64')}`,
    };
    const page = await callApi(world.url, 'GET', '/docs', { key: undefined, headers });
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    const document = await callApi(world.url, 'GET', '/openapi.json', { key: undefined, headers });
    expect(document.body).toMatchObject({ openapi: '3.1.0' });
    const other = await callApi(world.url, 'GET', '/drift', { key: undefined, headers });
    expect(other.status).toBe(401);
    const bare = await callApi(world.url, 'GET', '/docs', { key: undefined });
    expect(bare.headers['www-authenticate']).toContain('Basic');
  });

  it('forgets a revoked key at once', async () => {
    const made = await callApi(world.url, 'POST', '/keys', {
      body: { name: 'bob', role: 'operator' },
    });
    const { id, key } = CreatedKey.parse(made.body);
    expect((await callApi(world.url, 'GET', '/drift', { key })).status).toBe(200);
    expect((await callApi(world.url, 'DELETE', `/keys/${id}`)).status).toBe(204);
    expect((await callApi(world.url, 'GET', '/drift', { key })).status).toBe(401);
    expect((await callApi(world.url, 'DELETE', `/keys/${id}`)).status).toBe(404);
    const listed = await callApi(world.url, 'GET', '/keys');
    expect(JSON.stringify(listed.body)).not.toContain(key);
  });

  it('does not read a large body of somebody without a key', async () => {
    const outcome = await callApi(world.url, 'POST', '/ingest', {
      key: undefined,
      raw: Buffer.alloc(4 * 1024 * 1024, 'x'),
    }).then(({ status }) => status, codeOf);
    // the answer may come before the body is sent, which then breaks off
    expect([401, 'EPIPE', 'ECONNRESET']).toContain(outcome);
  });
});

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}
