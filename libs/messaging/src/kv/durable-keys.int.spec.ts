import { controlKey, ControlsBucket, type Control } from '@vigil/contracts';
import { SilentLog, SystemClock } from '@vigil/service';
import { eventually, startNats } from '@vigil/testkit';
import { NatsUnavailable } from '../errors.js';
import { MessagingRig } from '../testing/messaging-rig.js';
import { DurableKeys } from './durable-keys.js';
import { WriteRefused, type LastingCopy } from './lasting-copy.js';

const STOP = controlKey.stop();
const NOW = Date.now();

const control = (at: number, change: Partial<Control> = {}): Control => ({
  active: true,
  reason: `set at ${at}`,
  actor: 'ada',
  at,
  ...change,
});

/** A database that can be away. */
class Copy implements LastingCopy<Control> {
  readonly rows = new Map<string, Control>();
  isAway = false;

  load(): Promise<ReadonlyMap<string, Control>> {
    return this.answer(() => new Map(this.rows));
  }

  save(values: ReadonlyMap<string, Control>): Promise<void> {
    return this.answer(() => {
      for (const [key, value] of values) {
        if ((this.rows.get(key)?.at ?? -1) < value.at) this.rows.set(key, value);
      }
    });
  }

  onUp(): () => void {
    return () => undefined;
  }

  private answer<Result>(work: () => Result): Promise<Result> {
    if (this.isAway) return Promise.reject(new NatsUnavailable('the copy is away'));
    return Promise.resolve(work());
  }
}

describe('values in a bucket and in a database', () => {
  let rig: MessagingRig;
  let copy: Copy;
  const running: DurableKeys<typeof ControlsBucket.values, Control>[] = [];

  beforeEach(async () => {
    rig = await MessagingRig.on(await startNats());
    copy = new Copy();
  });
  afterEach(async () => {
    await stopAll();
    await rig.stop();
  });

  const stopAll = () => Promise.all(running.splice(0).map((each) => each.stop()));
  const bucket = () => rig.buckets.open(ControlsBucket);
  const stored = async () => (await bucket().keys('stop').get(STOP))?.value;
  const mark = async () => (await bucket().keys('restored').get(controlKey.restored()))?.value;

  function start(known: boolean[] = []) {
    const keys = new DurableKeys({
      bucket: bucket(),
      valueOf: (change) =>
        change.kind === 'put' && change.prefix === 'stop' ? change.value : undefined,
      keysFor: () => bucket().keys('stop'),
      changedAt: ({ at }) => at,
      hasExpired: ({ until }) => until !== undefined && until <= Date.now(),
      marks: bucket().keys('restored'),
      mark: { key: controlKey.restored(), by: 'test' },
      copy,
      onKnown: (isKnown) => known.push(isKnown),
      clock: new SystemClock(),
      log: new SilentLog(),
    });
    running.push(keys);
    keys.start();
    return keys;
  }

  it('are known at once where there are none: a new installation', async () => {
    const keys = start();
    expect(keys.isKnown).toBe(false);
    await eventually(() => keys.isKnown);
    expect(await stored()).toBeUndefined();
  });

  it('reach both sides, and say so', async () => {
    const keys = start();
    expect(await keys.record(STOP, () => control(NOW))).toEqual({ inBucket: true, inCopy: true });
    expect(copy.rows.get(STOP)).toEqual(control(NOW));
    expect(await stored()).toEqual(control(NOW));
  });

  it('are unknown after the loss of the bucket until the database has given them back', async () => {
    await bucket().keys('stop').put(STOP, control(NOW));
    const before = start();
    await eventually(() => before.isKnown && copy.rows.has(STOP));
    await stopAll();
    await rig.restartNats({ losingItsData: true });
    copy.isAway = true;

    const known: boolean[] = [];
    const after = start(known);
    await eventually(async () => (await mark()) === undefined && !after.isKnown);
    expect(after.get(STOP)).toBeUndefined();
    copy.isAway = false;
    await eventually(() => after.isKnown);
    expect(after.get(STOP)).toEqual(control(NOW));
    expect(await stored()).toEqual(control(NOW));
    expect(known).toEqual([false, true]);
  });

  it('of a running process are put back before the database is there', async () => {
    const keys = start();
    await keys.record(STOP, () => control(NOW));
    await eventually(() => keys.isKnown);
    copy.isAway = true;
    await rig.restartNats({ losingItsData: true });
    await eventually(async () => (await stored())?.at === NOW);
    expect(await mark()).toBeUndefined();
    expect(keys.isKnown).toBe(false);
    copy.isAway = false;
    await eventually(() => keys.isKnown);
  });

  it('that are older never replace newer ones, wherever those are', async () => {
    const keys = start();
    await keys.record(STOP, () => control(NOW));
    await eventually(() => keys.isKnown);
    // another process had written to the database alone
    copy.rows.set(STOP, control(NOW + 5, { active: false }));
    await rig.restartNats({ losingItsData: true });
    await eventually(async () => keys.isKnown && (await stored())?.at === NOW + 5);
    expect(keys.get(STOP)?.active).toBe(false);
    // somebody puts back what he remembers
    await bucket().keys('stop').put(STOP, control(NOW));
    await eventually(async () => (await stored())?.at === NOW + 5);
    expect(copy.rows.get(STOP)?.at).toBe(NOW + 5);
    // a deleted key does not end it either
    await bucket().keys('stop').delete(STOP);
    await eventually(async () => (await stored())?.at === NOW + 5);
  });

  it('go to the database when it is back', async () => {
    copy.isAway = true;
    const keys = start();
    expect(await keys.record(STOP, () => control(NOW))).toEqual({ inBucket: true, inCopy: false });
    expect(keys.unsavedCount).toBe(1);
    copy.isAway = false;
    await eventually(() => copy.rows.get(STOP)?.at === NOW);
    await eventually(() => keys.unsavedCount === 0);
  });

  it('go to the database while NATS is away, and to the bucket when it is back', async () => {
    const keys = start();
    await eventually(() => keys.isKnown);
    const { ended } = await rig.session();
    await rig.nats.kill();
    await eventually(() => ended.aborted);
    expect(await keys.record(STOP, () => control(NOW))).toEqual({ inBucket: false, inCopy: true });
    copy.isAway = true;
    await expect(keys.record(STOP, () => control(NOW + 1))).rejects.toBeInstanceOf(WriteRefused);
    expect(keys.get(STOP)?.at).toBe(NOW);
    await rig.nats.restart();
    await eventually(async () => (await stored())?.at === NOW);
  });

  it('that have expired do not come back', async () => {
    copy.rows.set(STOP, control(NOW - 10, { until: NOW - 5 }));
    const keys = start();
    await eventually(() => keys.isKnown);
    expect(await stored()).toBeUndefined();
  });

  it('replace what nobody can read', async () => {
    const { client } = await rig.session();
    client.publish(`$KV.controls.${STOP}`, '{"active":"perhaps"}');
    await client.flush();
    const keys = start();
    expect(await keys.record(STOP, () => control(NOW))).toEqual({ inBucket: true, inCopy: true });
    expect(await stored()).toEqual(control(NOW));
  });

  it('know the mark of another bucket from their own', async () => {
    await bucket()
      .keys('restored')
      .put(controlKey.restored(), { by: 'test', at: NOW, bucketCreatedAt: 1 });
    copy.isAway = true;
    const keys = start();
    await eventually(async () => (await mark())?.bucketCreatedAt === 1 && keys.unsavedCount === 0);
    await rig.restartNats();
    expect(keys.isKnown).toBe(false);
    copy.isAway = false;
    await eventually(() => keys.isKnown);
  });
});
