import {
  AgentRecord,
  ManifestsApplied,
  pageOf,
  QueryResult,
  StateObserved,
} from '@vigil/contracts';
import { resourceId } from '@vigil/manifests';
import { Bus } from '@vigil/messaging';
import { Database, ManifestEntity } from '@vigil/storage';
import { eventually } from '@vigil/testkit';
import { callApi } from '../testing/api-client.js';
import { createWorld, WORLD_TIMEOUT_MS, type CollectorWorld } from '../testing/collector-world.js';
import { enrol } from '../testing/enrol.js';
import { observeEvents } from '../testing/observe.js';
import { snapshotOf } from '../testing/snapshot.js';

const HOST = 'Web-1.example.org';
const resource = resourceId({ namespace: 'default', kind: 'Host', name: HOST });

describe('labels of hosts from Git', () => {
  let world: CollectorWorld;
  let key: string;
  let version = 0;

  beforeAll(async () => {
    world = await createWorld();
    ({ key } = await enrol(world.url, HOST, { role: 'web', zone: 'a' }));
  }, WORLD_TIMEOUT_MS);
  afterAll(() => world.stop());

  /** Puts a manifest of the host in force, or takes it out, as gitopsd does. */
  async function declare(labels: Record<string, string> | undefined): Promise<void> {
    const { app } = world.collector;
    version += 1;
    await app.get(Database).run(async (manager) => {
      await manager.update(ManifestEntity, { resource }, { current: false });
      if (labels === undefined) return;
      await manager.insert(ManifestEntity, {
        resource,
        namespace: 'default',
        kind: 'Host',
        name: HOST,
        content: { kind: 'Host', spec: { labels } },
        version,
        checksum: 'c',
        source: 'git',
        revision: `r${version}`,
        generation: version,
        file: 'hosts.yaml',
        line: 1,
        current: true,
        createdAt: version,
      });
    });
    const change = labels === undefined ? ('removed' as const) : ('changed' as const);
    await app.get(Bus).publish(ManifestsApplied, {
      source: 'git',
      revision: `r${version}`,
      resources: [{ resource, digest: 'a'.repeat(64), change }],
      warnings: [],
      at: Date.now(),
      correlationId: `c${version}`,
    });
  }

  async function listed(): Promise<Record<string, string> | undefined> {
    const answer = await callApi(world.url, 'GET', '/agents');
    return pageOf(AgentRecord).parse(answer.body).items[0]?.labels;
  }

  async function becomes(expected: Record<string, string>): Promise<void> {
    await eventually(async () => {
      expect(await listed()).toEqual(expected);
      return true;
    });
  }

  it('hold over those of enrolment as soon as they are in force, until they leave Git', async () => {
    await declare({ role: 'db', rack: '7' });
    await becomes({ role: 'db', zone: 'a', rack: '7' });
    await declare(undefined);
    await becomes({ role: 'web', zone: 'a' });
  });

  it('are on what the host reports', async () => {
    await declare({ role: 'db' });
    await becomes({ role: 'db', zone: 'a' });
    const states = await observeEvents(world.collector, StateObserved);
    const metrics = [{ name: 'of_the_host', value: 1, labels: { role: 'forged' } }];
    const body = { source: HOST, metrics, state: snapshotOf(1) };
    expect((await callApi(world.url, 'POST', '/ingest', { key, body })).status).toBe(202);
    const { hostLabels } = await states.until(({ host }) => host === HOST);
    expect(hostLabels).toEqual({ role: 'db', zone: 'a' });
    const answer = await callApi(world.url, 'GET', '/query?metric=of_the_host');
    expect(QueryResult.parse(answer.body).series[0]?.labels).toEqual({ role: 'db', zone: 'a' });
    await states.stop();
  });

  it('are known to a collector that starts later', async () => {
    await declare({ role: 'late' });
    const { url } = await world.startCollector();
    await eventually(async () => {
      const answer = await callApi(url, 'GET', '/agents');
      expect(answer.body).toMatchObject({ items: [{ labels: { role: 'late' } }] });
      return true;
    });
  });
});
