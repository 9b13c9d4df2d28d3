import {
  ActionDecided,
  ActionDetail,
  ActionView,
  AlertView,
  DriftView,
  EvaluationAnswered,
  EvaluationRequested,
  Explanation,
  ManifestDetail,
  ManifestRevision,
  ManifestView,
  OperatorActionRequested,
  pageOf,
  ResourceExplanation,
  SourceView,
  SourceSync,
  SystemView,
} from '@vigil/contracts';
import { Bus, Subscriptions } from '@vigil/messaging';
import { Database } from '@vigil/storage';
import { eventually } from '@vigil/testkit';
import { callApi, type ApiRequest } from './testing/api-client.js';
import { createWorld, WORLD_TIMEOUT_MS, type CollectorWorld } from './testing/collector-world.js';
import { observeWorkQueue } from './testing/observe.js';
import { CORRELATION, seedHistory, WEB } from './testing/seed-history.js';

describe('what others recorded', () => {
  let world: CollectorWorld;
  beforeAll(async () => {
    world = await createWorld();
    await seedHistory(world.collector.app.get(Database));
  }, WORLD_TIMEOUT_MS);
  afterAll(() => world.stop());

  const get = async (path: string) => {
    const answer = await callApi(world.url, 'GET', path);
    expect({ path, status: answer.status }).toEqual({ path, status: 200 });
    return answer.body;
  };
  const post = (path: string, request: ApiRequest) => callApi(world.url, 'POST', path, request);
  const bus = () => world.collector.app.get(Bus);

  it('GET /drift shows what is not resolved, /drift/history everything', async () => {
    const current = pageOf(DriftView).parse(await get('/drift'));
    expect(current.items.map(({ id }) => id)).toEqual(['d-open']);
    expect(current.items[0]).toMatchObject({ desired: 1, observed: 0, resource: WEB });
    const past = pageOf(DriftView).parse(await get('/drift/history'));
    expect(past.items.map(({ id }) => id)).toEqual(['d-open', 'd-past']);
    const filtered = pageOf(DriftView).parse(
      await get('/drift/history?state=resolved&resource=production/web&until=2026-11-21T11:00:00Z'),
    );
    expect(filtered.items.map(({ id }) => id)).toEqual(['d-past']);
    expect(DriftView.parse(await get('/drift/d-past')).resolvedAt).toBe('2026-11-21T10:00:05.000Z');
    expect((await callApi(world.url, 'GET', '/drift/none')).status).toBe(404);
  });

  it('pages by time without repeating or hiding anything', async () => {
    const first = pageOf(DriftView).parse(await get('/drift/history?limit=1'));
    expect(first.nextCursor).not.toBeNull();
    const second = pageOf(DriftView).parse(
      await get(`/drift/history?limit=1&cursor=${first.nextCursor ?? ''}`),
    );
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(['d-open', 'd-past']);
    expect(second.nextCursor).toBeNull();
  });

  it('GET /actions and its timeline', async () => {
    const actions = pageOf(ActionView).parse(await get('/actions'));
    expect(actions.items.map(({ id }) => id)).toEqual(['a-pending', 'a-past']);
    expect(actions.items[0]).toMatchObject({ planHash: 'hash-1', status: 'pending_approval' });
    const filtered = pageOf(ActionView).parse(
      await get(
        `/actions?target=${WEB}&status=succeeded&action=restart&since=2026-11-21T09:00:00Z`,
      ),
    );
    expect(filtered.items.map(({ id }) => id)).toEqual(['a-past']);
    const detail = ActionDetail.parse(await get('/actions/a-past'));
    expect(detail.timeline.map(({ kind, to }) => to ?? kind)).toEqual([
      'requested',
      'running',
      'operation-issued',
      'succeeded',
    ]);
    expect((await callApi(world.url, 'GET', '/actions/none')).status).toBe(404);
  });

  it('GET /alerts', async () => {
    const alerts = pageOf(AlertView).parse(await get('/alerts?state=resolved'));
    expect(alerts.items[0]).toMatchObject({
      id: 'al-1',
      evidence: [{ value: 93, timestamp: '2026-11-21T09:59:59.000Z' }],
    });
  });

  it('GET /manifests joins what is in force with what was found', async () => {
    const all = pageOf(ManifestView).parse(await get('/manifests'));
    expect(all.items.map(({ resource, sync, health }) => [resource, sync, health])).toEqual([
      ['production/Policy/cpu', 'Unknown', 'Unknown'],
      ['production/Service/old', 'OutOfSync', 'Degraded'],
      [WEB, 'OutOfSync', 'Missing'],
    ]);
    expect(all.items[1]?.source).toBeNull();
    const degraded = pageOf(ManifestView).parse(
      await get('/manifests?kind=service&health=Missing&source=default'),
    );
    expect(degraded.items.map(({ resource }) => resource)).toEqual([WEB]);
    const detail = ManifestDetail.parse(await get('/manifests/production/service/web'));
    expect(detail).toMatchObject({
      manifest: { spec: { replicas: 1 } },
      file: 'web.yaml',
      line: 3,
    });
    const revisions = pageOf(ManifestRevision).parse(
      await get('/manifests/production/Service/web/revisions'),
    );
    expect(revisions.items.map(({ version, inForce }) => [version, inForce])).toEqual([
      [2, true],
      [1, false],
    ]);
    expect((await callApi(world.url, 'GET', '/manifests/none/Service/none')).status).toBe(404);
  });

  it('GET /sources, and their suspension', async () => {
    const sources = async () => pageOf(SourceView).parse(await get('/sources')).items;
    expect(await sources()).toMatchObject([
      {
        name: 'default',
        status: 'Rejected',
        suspended: null,
        errors: [{ file: 'bad.yaml', line: 7 }],
      },
    ]);
    const body = { reason: 'freeze' };
    const done = { status: 200, body: { inForce: true, durable: true } };
    expect(await post('/sources/default/suspend', { body })).toMatchObject(done);
    await eventually(async () => (await sources())[0]?.suspended?.reason === 'freeze');
    expect((await callApi(world.url, 'GET', '/system')).body).toMatchObject({
      suspendedSources: [{ source: 'default', actor: 'admin' }],
    });
    expect(await post('/sources/default/resume', { body })).toMatchObject(done);
    await eventually(async () => (await sources())[0]?.suspended === null);
    expect((await post('/sources/none/suspend', { body })).status).toBe(404);
    expect((await post('/sources/default/suspend', { body: {} })).status).toBe(400);
    expect((await post('/sources/default/sync', {})).status).toBe(503);
  });

  it('suspends and resumes one resource, also for a time', async () => {
    const suspended = async () =>
      SystemView.parse((await callApi(world.url, 'GET', '/system')).body).suspendedResources;
    const path = '/manifests/production/Service/web';
    const done = { status: 200, body: { inForce: true, durable: true } };
    const body = { reason: 'by hand', expiresAfter: '2h' };
    expect(await post(`${path}/suspend`, { body })).toMatchObject(done);
    await eventually(async () => (await suspended()).length > 0);
    const [found] = await suspended();
    expect(found).toMatchObject({ resource: WEB, reason: 'by hand', actor: 'admin' });
    const lasts = Date.parse(found?.until ?? '') - Date.parse(found?.at ?? '');
    expect(Math.abs(lasts - 2 * 3_600_000)).toBeLessThan(1_000);
    expect(await post(`${path}/resume`, { body: { reason: 'done' } })).toMatchObject(done);
    await eventually(async () => (await suspended()).length === 0);
    expect(await post(`${path}/suspend`, { body: { reason: 'for good' } })).toMatchObject(done);
    await eventually(async () => (await suspended()).length > 0);
    expect((await suspended())[0]?.until).toBeUndefined();
    expect(await post(`${path}/resume`, { body: { reason: 'done' } })).toMatchObject(done);
    const none = '/manifests/production/Service/none/suspend';
    expect((await post(none, { body })).status).toBe(404);
    expect((await post(`${path}/suspend`, { body: { reason: '' } })).status).toBe(400);
    const forever = { reason: 'x', expiresAfter: 'forever' };
    expect((await post(`${path}/suspend`, { body: forever })).status).toBe(400);
  });

  it('POST /sources/{name}/sync tells a source that cannot be read from a Vigil that cannot answer', async () => {
    const subscriptions = world.collector.app.get(Subscriptions);
    const gitopsd = subscriptions.answer(SourceSync, () => ({
      outcome: 'unavailable' as const,
      message: 'the repository is gone',
    }));
    const answer = await eventually(async () => {
      const got = await post('/sources/default/sync', {});
      return got.status !== 503 && got;
    });
    expect(answer).toMatchObject({ status: 502, body: { detail: 'the repository is gone' } });
    await gitopsd.stop();
  });

  it('GET /explain/{correlationId} tells the chain in order', async () => {
    const chain = Explanation.parse(await get(`/explain/${CORRELATION}`));
    expect(chain.resources).toEqual([WEB]);
    expect(chain.steps.map(({ kind }) => kind)).toEqual([
      'evidence',
      'alert',
      'drift',
      'decision',
      'action',
      'action',
      'action',
      'outcome',
      'outcome',
      'outcome',
    ]);
    const times = chain.steps.map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
    expect(chain.summary).toContain('succeeded');
    expect((await callApi(world.url, 'GET', '/explain/none')).status).toBe(404);
  });

  it('GET /explain?resource= says what is in the way', async () => {
    const why = ResourceExplanation.parse(await get('/explain?resource=production/web'));
    expect(why.status).toMatchObject({ sync: 'OutOfSync' });
    expect(why.obstacles).toMatchObject([{ kind: 'pending-approval', actionId: 'a-pending' }]);
    expect(why.summary).toContain('missing');
    expect(why.chains.map(({ correlationId }) => correlationId)).toEqual(['c-open', CORRELATION]);
    // held after a roll-back, say: nothing differs from what is held
    const old = ResourceExplanation.parse(await get('/explain?resource=production/old'));
    expect(old.summary).toMatch(/^production\/Service\/old is OutOfSync and Degraded/);
    // nobody compares a policy with anything
    const policy = await get('/explain?resource=production/Policy/cpu');
    expect(policy).toMatchObject({
      summary: 'production/Policy/cpu is declared; nothing was ever done about it',
    });
    expect((await callApi(world.url, 'GET', '/explain?resource=none/none')).status).toBe(404);
    expect((await callApi(world.url, 'GET', '/explain?resource=none')).status).toBe(400);
  });

  it('passes a decision about an action on, with the plan that was shown', async () => {
    const decided = observeWorkQueue(world.collector, ActionDecided);
    const reason = { reason: 'looks right' };
    expect((await post('/actions/a-pending/approve', { body: reason })).status).toBe(202);
    await decided.until(
      ({ decision, planHash }) => decision === 'approve' && planHash === 'hash-1',
    );
    const stale = { ...reason, planHash: 'hash-0' };
    expect((await post('/actions/a-pending/approve', { body: stale })).status).toBe(409);
    expect((await post('/actions/a-pending/reject', { body: reason })).status).toBe(202);
    expect((await post('/actions/a-pending/cancel', { body: reason })).status).toBe(202);
    expect((await post('/actions/a-past/approve', { body: reason })).status).toBe(409);
    expect((await post('/actions/a-past/cancel', { body: reason })).status).toBe(409);
    expect((await post('/actions/none/cancel', { body: reason })).status).toBe(404);
    expect((await post('/actions/a-pending/approve', { body: {} })).status).toBe(400);
    await decided.stop();
  });

  it('asks the evaluator, and answers what it says', async () => {
    const evaluations = observeWorkQueue(world.collector, EvaluationRequested);
    const evaluating = post('/evaluate/production/web', {});
    const { requestId, resource, actor } = await evaluations.until(() => true);
    expect([resource, actor]).toEqual([WEB, 'admin']);
    await bus().signal(
      EvaluationAnswered,
      { outcome: 'evaluated', drift: [] },
      { params: { requestId } },
    );
    expect(await evaluating).toMatchObject({ status: 200, body: { drift: [] } });

    const unknown = post('/evaluate/production%2FService%2Fnone', {});
    const second = await evaluations.until((request) => request.requestId !== requestId);
    await bus().signal(
      EvaluationAnswered,
      { outcome: 'unknown-resource', message: 'nobody declares it' },
      { params: { requestId: second.requestId } },
    );
    expect(await unknown).toMatchObject({ status: 404, body: { detail: 'nobody declares it' } });
    await evaluations.stop();
  });

  it('takes a person’s order for an action', async () => {
    const orders = observeWorkQueue(world.collector, OperatorActionRequested);
    const order = { resource: 'production/web', action: 'stop', reason: 'try it' };
    const ordering = post('/actions', { body: { ...order, expiresAfter: '2h' } });
    const { requestId, correlationId, ...asked } = await orders.until(() => true);
    expect(asked).toMatchObject({ resource: WEB, force: false, dryRun: false, actor: 'admin' });
    expect(asked).toMatchObject({ action: 'stop', expiresAfterMs: 7_200_000 });
    const answer = { outcome: 'requested' as const, actionId: 'a-9' };
    await bus().signal(EvaluationAnswered, answer, { params: { requestId } });
    expect(await ordering).toMatchObject({ status: 202, body: { actionId: 'a-9', correlationId } });

    for (const wrong of [
      { ...order, reason: ' ' },
      { ...order, action: 'scale' },
      { ...order, replicas: 2 },
      { ...order, action: 'restart', expiresAfter: '2h' },
      { ...order, action: 'notify' },
      { ...order, resource: 'web' },
    ]) {
      expect((await post('/actions', { body: wrong })).status).toBe(400);
    }
    await orders.stop();
  });
});
