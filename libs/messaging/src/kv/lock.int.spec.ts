import { ActionLock, actionLockKey, type BucketDefinition } from '@vigil/contracts';
import { SilentLog } from '@vigil/service';
import { eventually, startNats } from '@vigil/testkit';
import { ensureStreams } from '../connection/ensure-streams.js';
import { bucketConfig } from '../connection/stream-config.js';
import { MessagingRig } from '../testing/messaging-rig.js';
import { acquireLock, type HeldLock } from './lock.js';

/** As the real bucket, but ten times as fast. */
const FastLocks: BucketDefinition<{ lock: typeof ActionLock }> = {
  bucket: 'fast_locks',
  ttlMs: 1_000,
  values: { lock: ActionLock },
};

const KEY = actionLockKey('production/Service/web');

const value = (actionId: string) => ({
  actionId,
  resource: 'production/Service/web',
  holder: 'test',
  acquiredAt: 1,
});

describe('a lock', () => {
  let rig: MessagingRig;
  const held: HeldLock[] = [];

  beforeEach(async () => {
    rig = await MessagingRig.on(await startNats());
    const { manager } = await rig.session();
    await ensureStreams(manager, [bucketConfig(FastLocks)], 1);
  });
  afterEach(async () => {
    await Promise.all(held.splice(0).map((lock) => lock.release()));
    await rig.stop();
  });

  const space = () => rig.buckets.open(FastLocks).keys('lock');

  const acquire = (actionId: string) =>
    acquireLock(space(), KEY, value(actionId), {
      ttlMs: 1_000,
      renewalMs: 300,
      isMine: (present) => present.actionId === actionId,
      log: new SilentLog(),
    });

  async function take(actionId: string): Promise<HeldLock> {
    const result = await acquire(actionId);
    if (result.outcome !== 'acquired') throw new Error(`held by ${result.by.actionId}`);
    held.push(result.lock);
    return result.lock;
  }

  it('is held by one, and says by whom', async () => {
    await take('a1');
    expect(await acquire('a2')).toMatchObject({ outcome: 'held', by: { actionId: 'a1' } });
  });

  it('goes to exactly one of many', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, (_unused, n) => acquire(`r${n}`)));
    const winners = results.flatMap((one) => (one.outcome === 'acquired' ? [one.lock] : []));
    held.push(...winners);
    expect(winners).toHaveLength(1);
  });

  it('is free after its release, and the next token is greater', async () => {
    const first = await take('a1');
    await first.release();
    expect(await space().get(KEY)).toBeUndefined();
    const second = await take('a2');
    expect(second.fencingToken).toBeGreaterThan(first.fencingToken);
  });

  it('is taken back at once by the action that held it before a crash', async () => {
    const before = await take('a1');
    const after = await take('a1');
    expect(after.fencingToken).toBeGreaterThan(before.fencingToken);
    // the old process, should it still live, notices at its next renewal
    await eventually(() => before.lost.aborted);
    expect(after.lost.aborted).toBe(false);
    await before.release();
    expect(await space().get(KEY)).toBeDefined();
  });

  it('lives as long as it is renewed, and its token stays', async () => {
    const lock = await take('a1');
    const { fencingToken } = lock;
    const first = (await space().get(KEY))?.revision ?? 0;
    // five renewals are longer than the lifetime of one value
    await eventually(async () => ((await space().get(KEY))?.revision ?? 0) >= first + 5);
    expect(lock.fencingToken).toBe(fencingToken);
    expect(lock.lost.aborted).toBe(false);
    expect((await acquire('a2')).outcome).toBe('held');
  });

  it('has greater tokens on a server that lost its data', async () => {
    const before: HeldLock[] = [];
    for (const action of ['a1', 'a2', 'a3']) {
      const lock = await take(action);
      before.push(lock);
      await lock.release();
    }
    await rig.restartNats({ losingItsData: true });
    const { manager } = await rig.session();
    await ensureStreams(manager, [bucketConfig(FastLocks)], 1);
    const after = await take('a4');
    expect(after.fencingToken).toBeGreaterThan(Math.max(...before.map((one) => one.fencingToken)));
  });

  it('expires when nobody renews it', async () => {
    await space().create(KEY, value('dead'));
    expect((await acquire('a2')).outcome).toBe('held');
    const lock = await eventually(async () => {
      const result = await acquire('a2');
      return result.outcome === 'acquired' && result.lock;
    });
    held.push(lock);
  });

  it('is lost when NATS stays away, before the server would give it to somebody else', async () => {
    const lock = await take('a1');
    await rig.nats.stop();
    await eventually(() => lock.lost.aborted);
    await rig.nats.restart();
    await rig.session();
  });

  it('survives a short absence of NATS', async () => {
    const lock = await take('a1');
    await rig.restartNats();
    const { revision } = (await space().get(KEY)) ?? { revision: 0 };
    await eventually(async () => ((await space().get(KEY))?.revision ?? 0) > revision);
    expect(lock.lost.aborted).toBe(false);
  });

  it('is lost when somebody deletes it', async () => {
    const lock = await take('a1');
    await space().delete(KEY);
    await eventually(() => lock.lost.aborted);
  });
});
