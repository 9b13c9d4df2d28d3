import type { AlertRecord, DriftRecord } from '@vigil/contracts';
import { SilentLog } from '@vigil/service';
import { Database } from '@vigil/storage';
import { createDatabase, type TestDatabase } from '@vigil/testkit';
import { id, T0 } from '../testing/fixtures.js';
import { AlertStore } from './alert.store.js';
import { DecisionStore } from './decision.store.js';
import { DriftStore } from './drift.store.js';
import { ResourceStatusStore } from './resource-status.store.js';

const resource = id('default/web');

const drift = (change: Partial<DriftRecord> = {}): DriftRecord => ({
  id: 'drift-1',
  resource,
  host: 'h',
  type: 'config',
  class: 'corrective',
  path: '/env/MODE',
  desired: 'live',
  observed: null,
  severity: 'warning',
  score: 55.5,
  detectedAt: T0,
  updatedAt: T0,
  correlationId: 'c',
  state: 'open',
  ...change,
});
const resolved = drift({ state: 'resolved', resolvedAt: T0 + 9, updatedAt: T0 + 9 });

const alert = (change: Partial<AlertRecord> = {}): AlertRecord => ({
  id: 'alert-1',
  policy: id('default/Policy/hot'),
  resource,
  labels: { a: 'b' },
  condition: 'cpu_usage > 80%',
  severity: 'critical',
  state: 'firing',
  value: 93,
  activeAt: T0,
  firedAt: T0 + 1,
  evidence: [],
  correlationId: 'c',
  ...change,
});

const status = {
  resource,
  sync: 'Synced' as const,
  health: 'Healthy' as const,
  desiredReplicas: 1,
  readyReplicas: 1,
  replicas: [],
  removed: false,
  at: T0,
};

describe('the projection', () => {
  let test: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    test = await createDatabase();
    database = new Database({ url: test.url, applicationName: 'test' }, new SilentLog());
    database.start();
    await database.untilUp();
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  const rows = (statement: string) => database.run((manager) => manager.query<object[]>(statement));

  it('keeps who changed the host', async () => {
    const store = new DriftStore(database);
    await store.save(drift({ id: 'drift-who' }));
    await store.save(drift({ id: 'drift-who', updatedAt: T0 + 1, attribution: 'kill (signal 9)' }));
    expect(await rows("SELECT attribution FROM drift_events WHERE id = 'drift-who'")).toEqual([
      { attribution: 'kill (signal 9)' },
    ]);
    await rows("DELETE FROM drift_events WHERE id = 'drift-who'");
  });

  const newer = drift({ updatedAt: T0 + 5, observed: { secretRef: { file: '/x' } } });

  it.each([
    ['in order', [drift(), newer, resolved]],
    ['the wrong way round', [resolved, newer, drift()]],
    ['repeated', [drift(), resolved, resolved, drift(), newer]],
  ])('shows the newest of a drift’s records that come %s', async (_name, records) => {
    const store = new DriftStore(database);
    for (const record of records) await store.save(record);
    expect(
      await rows(
        'SELECT id, resource_name, drift_type, severity, current_state, desired_state, state FROM drift_events',
      ),
    ).toEqual([
      {
        id: 'drift-1',
        resource_name: resource,
        drift_type: 'config',
        severity: 'warning',
        current_state: null,
        desired_state: 'live',
        state: 'resolved',
      },
    ]);
    await rows('DELETE FROM drift_events');
  });

  it('opens a drift again that came back', async () => {
    const store = new DriftStore(database);
    await store.save(resolved);
    await store.save(drift({ detectedAt: T0 + 20, updatedAt: T0 + 20 }));
    expect(await rows('SELECT state, resolved_at FROM drift_events')).toEqual([
      { state: 'open', resolved_at: null },
    ]);
  });

  it.each([
    ['in order', ['firing', 'resolved'] as const],
    ['the wrong way round', ['resolved', 'firing'] as const],
  ])('shows an alert’s end when its events come %s', async (_name, states) => {
    const store = new AlertStore(database);
    for (const state of states) {
      await store.save(alert(state === 'resolved' ? { state, resolvedAt: T0 + 9 } : { state }));
    }
    expect(await rows('SELECT state, value, resolved_at FROM alerts')).toEqual([
      { state: 'resolved', value: 93, resolved_at: new Date(T0 + 9) },
    ]);
    await rows('DELETE FROM alerts');
  });

  it('takes a decision once', async () => {
    const store = new DecisionStore(database);
    const decision = {
      id: 'dec-1',
      at: T0,
      correlationId: 'c',
      causes: [],
      outcome: 'none' as const,
      code: 'no-target',
      message: 'nothing to act on',
    };
    await store.save(decision);
    await store.save(decision);
    expect(await rows('SELECT id, resource, code FROM decisions')).toEqual([
      { id: 'dec-1', resource: null, code: 'no-target' },
    ]);
  });

  it('keeps the newest status', async () => {
    const store = new ResourceStatusStore(database);
    await store.save({ ...status, at: T0 + 5, removed: true, health: 'Missing' });
    await store.save(status);
    expect(await rows('SELECT health, removed FROM resource_status')).toEqual([
      { health: 'Missing', removed: true },
    ]);
    await store.save({ ...status, at: T0 + 6 });
    expect(await rows('SELECT health, removed FROM resource_status')).toEqual([
      { health: 'Healthy', removed: false },
    ]);
  });

  it('stores texts that PostgreSQL refuses, without what it refuses', async () => {
    const text = 'exit code 1: a\0b\uD800';
    const kept = 'exit code 1: a\uFFFDb\uFFFD';
    const stored = id('default/nul');
    await new ResourceStatusStore(database).save({ ...status, resource: stored, message: text });
    await new DriftStore(database).save(
      drift({ id: 'nul', resource: stored, observed: { state: text } }),
    );
    await new AlertStore(database).save(
      alert({ id: 'nul', labels: { said: text }, condition: text }),
    );
    await new DecisionStore(database).save({
      id: 'nul',
      at: T0,
      correlationId: 'c',
      causes: [],
      outcome: 'none',
      code: 'no-target',
      message: text,
    });
    expect(await rows('SELECT message FROM resource_status WHERE message IS NOT NULL')).toEqual([
      { message: kept },
    ]);
    expect(await rows("SELECT current_state FROM drift_events WHERE id = 'nul'")).toEqual([
      { current_state: { state: kept } },
    ]);
    expect(await rows("SELECT labels, condition FROM alerts WHERE id = 'nul'")).toEqual([
      { labels: { said: kept }, condition: kept },
    ]);
    expect(await rows("SELECT message FROM decisions WHERE id = 'nul'")).toEqual([
      { message: kept },
    ]);
  });
});
