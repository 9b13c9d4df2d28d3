import { AgentRecord, Enrolled, EnrolmentToken, pageOf, Problem } from '@vigil/contracts';
import { EnrolmentTokenEntity, Database } from '@vigil/storage';
import { callApi } from '../testing/api-client.js';
import { AgentRegistry } from './agent-registry.js';
import { createWorld, WORLD_TIMEOUT_MS, type CollectorWorld } from '../testing/collector-world.js';

describe('enrolment of agents', () => {
  let world: CollectorWorld;
  beforeAll(async () => {
    world = await createWorld();
  }, WORLD_TIMEOUT_MS);
  afterAll(() => world.stop());

  const makeToken = async (body: object) => {
    const answer = await callApi(world.url, 'POST', '/agents/tokens', { body });
    return EnrolmentToken.parse(answer.body).token;
  };
  const enrolWith = (token: string, host: string) =>
    callApi(world.url, 'POST', '/agents/enroll', {
      key: undefined,
      body: { token, host, agentVersion: '0.1.0' },
    });
  const postAs = (key: string, source: string) =>
    callApi(world.url, 'POST', '/ingest', { key, body: { source, metrics: [] } });

  it('gives the host a key, the command key and the name of the installation', async () => {
    const answer = await enrolWith(await makeToken({ labels: { role: 'web' } }), 'new-1');
    expect(answer.status).toBe(201);
    const enrolled = Enrolled.parse(answer.body);
    expect(enrolled).toMatchObject({ agentId: 'new-1', instance: 'test' });
    expect(enrolled.commandPublicKey).toContain('BEGIN PUBLIC KEY');
    expect((await postAs(enrolled.key, 'new-1')).status).toBe(202);
    const listed = pageOf(AgentRecord).parse((await callApi(world.url, 'GET', '/agents')).body);
    expect(listed.items).toEqual([
      expect.objectContaining({ id: 'new-1', labels: { role: 'web' }, status: 'disconnected' }),
    ]);
  });

  it('spends a token once, also when two use it at the same time', async () => {
    const token = await makeToken({});
    const answers = await Promise.all([enrolWith(token, 'race-1'), enrolWith(token, 'race-2')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 401]);
    expect((await enrolWith(token, 'race-3')).status).toBe(401);
  });

  it('keeps a token for another host unspent', async () => {
    const token = await makeToken({ host: 'bound-1' });
    expect((await enrolWith(token, 'bound-2')).status).toBe(401);
    expect((await enrolWith(token, 'bound-1')).status).toBe(201);
  });

  it('refuses unknown and expired tokens', async () => {
    expect((await enrolWith('vgl_enroll_wrong', 'x-1')).status).toBe(401);
    const token = await makeToken({ ttlSeconds: 1 });
    await world.collector.app
      .get(Database)
      .run((manager) =>
        manager.createQueryBuilder().update(EnrolmentTokenEntity).set({ expiresAt: 1 }).execute(),
      );
    expect((await enrolWith(token, 'x-1')).status).toBe(401);
  });

  it('lets only a token that names the host replace its key, and keeps its labels', async () => {
    const bound = { host: 'again-1', labels: { role: 'db' } };
    const first = Enrolled.parse((await enrolWith(await makeToken(bound), 'again-1')).body);
    const general = await makeToken({});
    const refused = await enrolWith(general, 'again-1');
    expect(refused.status).toBe(409);
    expect(Problem.parse(refused.body).detail).toContain('names the host');
    expect((await postAs(first.key, 'again-1')).status).toBe(202);
    // a refusal spends nothing
    expect((await enrolWith(general, 'again-2')).status).toBe(201);

    const second = Enrolled.parse(
      (await enrolWith(await makeToken({ host: 'again-1' }), 'again-1')).body,
    );
    expect((await postAs(second.key, 'again-1')).status).toBe(202);
    expect((await postAs(first.key, 'again-1')).status).toBe(401);
    const listed = pageOf(AgentRecord).parse((await callApi(world.url, 'GET', '/agents')).body);
    expect(listed.items.find(({ id }) => id === 'again-1')?.labels).toEqual({ role: 'db' });
  });

  it('pages through the fleet by host', async () => {
    for (const host of ['page-1', 'page-2', 'page-3']) await enrolWith(await makeToken({}), host);
    const hosts: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '?limit=2' : `?limit=2&cursor=${cursor}`;
      const answer = await callApi(world.url, 'GET', `/agents${query}`);
      const page = pageOf(AgentRecord).parse(answer.body);
      expect(page.items.length).toBeLessThanOrEqual(2);
      hosts.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(hosts).toEqual([...new Set(hosts)].sort());
    expect(hosts).toEqual(expect.arrayContaining(['page-1', 'page-2', 'page-3']));
    expect((await callApi(world.url, 'GET', '/agents?cursor=wrong')).status).toBe(400);
  });

  it('shows the keys of agents neither among keys nor lets them be revoked as such', async () => {
    const listed = await callApi(world.url, 'GET', '/keys');
    expect(listed.body).toEqual({ items: [], nextCursor: null });
    const [agent] = world.collector.app.get(AgentRegistry).admissions();
    const revoked = await callApi(world.url, 'DELETE', `/keys/${agent?.keyId ?? ''}`);
    expect(revoked.status).toBe(404);
  });
});
