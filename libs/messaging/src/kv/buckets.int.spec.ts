import { type Control, controlKey, ControlsBucket } from '@vigil/contracts';
import { eventually, startNats } from '@vigil/testkit';
import { InvalidPayload, NatsUnavailable, WrongRevision } from '../errors.js';
import { MessagingRig } from '../testing/messaging-rig.js';
import type { KvChange } from './buckets.js';

type Change = KvChange<typeof ControlsBucket.values>;

const control = (reason: string): Control => ({ active: true, reason, actor: 'test', at: 1 });

describe('buckets', () => {
  let rig: MessagingRig;
  beforeEach(async () => {
    rig = await MessagingRig.on(await startNats());
  });
  afterEach(() => rig.stop());

  const sources = () => rig.buckets.open(ControlsBucket).keys('source');

  it('gives back what was put, with its revision', async () => {
    const key = controlKey.source('team a/b');
    expect(await sources().get(key)).toBeUndefined();
    const revision = await sources().put(key, control('r'));
    expect(await sources().get(key)).toMatchObject({ key, value: control('r'), revision });
  });

  it('lets exactly one of many create a key', async () => {
    const key = controlKey.source('raced');
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, (_unused, n) => sources().create(key, control(`${n}`))),
    );
    const losers = attempts.filter((one) => one.status === 'rejected');
    expect(losers).toHaveLength(9);
    for (const { reason } of losers) expect(reason).toBeInstanceOf(WrongRevision);
  });

  it('loses no update of many that compare and set', async () => {
    const key = controlKey.source('counter');
    await sources().put(key, { ...control('c'), at: 0 });
    const increment = async (): Promise<void> => {
      for (;;) {
        const entry = await sources().get(key);
        if (entry === undefined) throw new Error('the counter is gone');
        const next = { ...entry.value, at: entry.value.at + 1 };
        const done = await sources()
          .update(key, next, entry.revision)
          .catch((error: unknown) => {
            if (error instanceof WrongRevision) return undefined;
            throw error;
          });
        if (done !== undefined) return;
      }
    };
    await Promise.all(Array.from({ length: 12 }, increment));
    expect((await sources().get(key))?.value.at).toBe(12);
  });

  it('deletes only the revision it was told, and creates again afterwards', async () => {
    const key = controlKey.source('deleted');
    const first = await sources().create(key, control('1'));
    const second = await sources().update(key, control('2'), first);
    await expect(sources().delete(key, first)).rejects.toBeInstanceOf(WrongRevision);
    await sources().delete(key, second);
    expect(await sources().get(key)).toBeUndefined();
    const third = await sources().create(key, control('3'));
    expect(third).toBeGreaterThan(second);
    await expect(sources().create(key, control('4'))).rejects.toBeInstanceOf(WrongRevision);
  });

  it('takes a write that is sent again under the same id for the one it was', async () => {
    const key = controlKey.source('again');
    const first = await sources().create(key, control('1'));
    const written = await sources().update(key, control('2'), first, { messageId: 'w-1' });
    expect(await sources().update(key, control('2'), first, { messageId: 'w-1' })).toBe(written);
    await expect(
      sources().update(key, control('2'), first, { messageId: 'w-2' }),
    ).rejects.toBeInstanceOf(WrongRevision);
  });

  it('checks values on every way', async () => {
    const key = controlKey.source('wrong');
    await expect(sources().put(key, { ...control('r'), at: -1 })).rejects.toBeInstanceOf(
      InvalidPayload,
    );
    const { jetstream } = await rig.session();
    await jetstream.publish(`$KV.controls.${key}`, '{"active": "yes"}');
    await expect(sources().get(key)).rejects.toBeInstanceOf(InvalidPayload);
    await expect(sources().put('resource.x', control('r'))).rejects.toThrow(/does not begin with/);
  });

  it('shows what is there, then every change, also after a restart of the server', async () => {
    await sources().put(controlKey.source('a'), control('1'));
    await sources().put(controlKey.source('b'), control('1'));
    await sources().delete(controlKey.source('b'));
    await rig.buckets.open(ControlsBucket).keys('stop').put('stop', control('halt'));
    const seen: string[] = [];
    const watch = rig.buckets.open(ControlsBucket).watch({
      onChange: (change) => {
        seen.push(text(change));
      },
      onReady: () => seen.push('ready'),
    });
    await watch.caughtUp;
    expect(seen).toEqual(['put source.a 1', 'delete source.b', 'put stop halt', 'ready']);
    await rig.restartNats();
    await sources().put(controlKey.source('a'), control('2'));
    await eventually(() => seen.length === 5);
    expect(seen[4]).toBe('put source.a 2');
    await watch.stop();
  });

  it('tells when the bucket was lost, and shows the new one', async () => {
    await sources().put(controlKey.source('a'), control('1'));
    const seen: string[] = [];
    const watch = rig.buckets.open(ControlsBucket).watch({
      prefix: 'source',
      onChange: (change) => {
        seen.push(text(change));
      },
      onReady: () => seen.push('ready'),
      onReset: (reason) => seen.push(reason),
    });
    await watch.caughtUp;
    await rig.restartNats({ losingItsData: true });
    await eventually(() => seen.filter((what) => what === 'ready').length === 2);
    await sources().put(controlKey.source('b'), control('2'));
    await eventually(() => seen.length === 5);
    expect(seen).toEqual(['put source.a 1', 'ready', 'stream-lost', 'ready', 'put source.b 2']);
    await watch.stop();
  });

  it('skips values that it does not understand', async () => {
    const { jetstream } = await rig.session();
    await jetstream.publish('$KV.controls.source.broken', 'garbage');
    await jetstream.publish('$KV.controls.future.thing', '{}');
    await sources().put(controlKey.source('fine'), control('1'));
    const entries = await rig.buckets.open(ControlsBucket).entries(new AbortController().signal);
    expect(entries.map(text)).toEqual(['put source.fine 1']);
  });

  it('stops reading entries when it is told to', async () => {
    const { ended } = await rig.session();
    await rig.nats.stop();
    await eventually(() => ended.aborted);
    const stop = new AbortController();
    const reading = rig.buckets.open(ControlsBucket).entries(stop.signal);
    stop.abort();
    await expect(reading).rejects.toThrow();
    await expect(sources().get('source.x')).rejects.toBeInstanceOf(NatsUnavailable);
  });
});

function text(change: Change): string {
  if (change.kind === 'delete') return `delete ${change.key}`;
  const said = change.prefix === 'restored' ? change.value.by : change.value.reason;
  return `put ${change.key} ${said}`;
}
