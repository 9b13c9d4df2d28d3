import { ActionLogged, ManifestsRejected, StateObserved } from '@vigil/contracts';
import { pause, VigilError } from '@vigil/service';
import { eventually, startNats } from '@vigil/testkit';
import { MessagingRig } from '../testing/messaging-rig.js';
import type { OrderedSubscription } from './ordered-reader.js';

class StoreAway extends VigilError {
  readonly code = 'test.store_away';
  readonly disposition = 'retry';
}

describe('reading a stream in order', () => {
  let rig: MessagingRig;
  const open: OrderedSubscription[] = [];

  beforeEach(async () => {
    rig = await MessagingRig.on(await startNats());
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((reader) => reader.stop()));
    await rig.stop();
  });

  const reject = (revision: string) =>
    rig.bus.publish(ManifestsRejected, {
      source: 's',
      revision,
      errors: [],
      at: 1,
      correlationId: 'c',
    });

  const observe = (host: string, counter: number) =>
    rig.bus.publish(
      StateObserved,
      {
        host,
        hostLabels: {},
        receivedAt: 1,
        sequence: { epoch: 1, counter },
        observedAt: 1,
        agentVersion: '0',
        runtimes: [],
        stopped: false,
        replicas: [],
      },
      { params: { host } },
    );

  function readRevisions(options: Parameters<typeof rig.subscriptions.subscribeOrdered>[1] = {}): {
    seen: string[];
    reader: OrderedSubscription;
  } {
    const seen: string[] = [];
    const reader = rig.subscriptions.subscribeOrdered(
      ManifestsRejected,
      options,
      ({ revision }) => {
        seen.push(revision);
      },
    );
    open.push(reader);
    return { seen, reader };
  }

  it('says when it has seen everything that was there', async () => {
    for (const revision of ['1', '2', '3']) await reject(revision);
    const { seen, reader } = readRevisions();
    await reader.caughtUp;
    expect(seen).toEqual(['1', '2', '3']);
    await reject('4');
    await eventually(() => seen.length === 4);
  });

  it('has caught up at once with a stream that has nothing for it', async () => {
    await observe('a', 1);
    const reader = rig.subscriptions.subscribeOrdered(
      ActionLogged,
      { filterParams: { actionId: 'x' } },
      () => {},
    );
    open.push(reader);
    await reader.caughtUp;
  });

  it('reads only what is new, from the moment it began', async () => {
    await reject('old');
    const { seen, reader } = readRevisions({ deliver: 'new' });
    await reader.caughtUp;
    await reject('new');
    await eventually(() => seen.length === 1);
    expect(seen).toEqual(['new']);
  });

  it('goes on after a restart without gaps and repetitions', async () => {
    const resets: string[] = [];
    const { seen, reader } = readRevisions({
      deliver: 'new',
      onReset: (reason) => resets.push(reason),
    });
    await reader.caughtUp;
    for (let n = 0; n < 20; n += 1) await reject(`${n}`);
    await rig.restartNats();
    for (let n = 20; n < 40; n += 1) await reject(`${n}`);
    await rig.restartNats();
    for (let n = 40; n < 60; n += 1) await reject(`${n}`);
    await eventually(() => seen.length >= 60);
    expect(seen).toEqual(Array.from({ length: 60 }, (_unused, n) => `${n}`));
    expect(resets).toEqual([]);
  });

  it('misses nothing that was published while it was away, when it had read nothing yet', async () => {
    await reject('old');
    const { seen, reader } = readRevisions({ deliver: 'new' });
    await reader.caughtUp;
    const other = await MessagingRig.on(rig.nats);
    const back = rig.restartNats();
    await eventually(async () => {
      await other.bus.publish(
        ManifestsRejected,
        { source: 's', revision: 'between', errors: [], at: 1, correlationId: 'c' },
        { messageId: 'between' },
      );
      return true;
    });
    await back;
    await other.connection.close();
    await eventually(() => seen.length > 0);
    expect(seen).toEqual(['between']);
  });

  it('keeps the newest per subject', async () => {
    for (const counter of [1, 2, 3]) await observe('web-1.example', counter);
    await observe('web-2.example', 1);
    const seen: string[] = [];
    const reader = rig.subscriptions.subscribeOrdered(
      StateObserved,
      { deliver: 'last-per-subject' },
      ({ sequence }, { params }) => {
        seen.push(`${params['host'] ?? ''} ${sequence.counter}`);
      },
    );
    open.push(reader);
    await reader.caughtUp;
    expect(seen).toEqual(['web-1.example 3', 'web-2.example 1']);
    await rig.restartNats();
    await observe('web-1.example', 4);
    await eventually(() => seen.length === 3);
    expect(seen[2]).toBe('web-1.example 4');
  });

  it('knows how old it is what lay there when it began, and when it began again', async () => {
    const ages = new Map<string, number>();
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await observe('old', 1);
    await pause(30);
    const reader = rig.subscriptions.subscribeOrdered(
      StateObserved,
      { deliver: 'last-per-subject' },
      async ({ host }, { ageMs }) => {
        ages.set(host, ageMs);
        if (host === 'live') await held;
      },
    );
    open.push(reader);
    await reader.caughtUp;
    expect(ages.get('old')).toBeGreaterThanOrEqual(20);
    await observe('live', 1);
    await eventually(() => ages.has('live'));
    expect(ages.get('live')).toBe(0);
    // the reader is busy while this one is stored and the connection breaks
    await observe('away', 1);
    await rig.restartNats();
    letGo();
    await eventually(() => ages.has('away'));
    expect(ages.get('away')).toBeGreaterThan(0);
  });

  it('tells that a server has lost its data, and reads the new stream from its beginning', async () => {
    const events: string[] = [];
    const { seen, reader } = readRevisions({
      onReset: (reason) => events.push(reason),
      onCaughtUp: () => events.push('caught up'),
    });
    await reject('1');
    await reject('2');
    await reader.caughtUp;
    await eventually(() => seen.length === 2);
    await rig.restartNats({ losingItsData: true });
    await reject('3');
    await eventually(() => seen.length === 3);
    await eventually(() => events.length === 3);
    expect(seen).toEqual(['1', '2', '3']);
    expect(events).toEqual(['caught up', 'stream-lost', 'caught up']);
  });

  it('tells that messages were dropped before it could read them', async () => {
    const resets: string[] = [];
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const seen: string[] = [];
    const reader = rig.subscriptions.subscribeOrdered(
      ManifestsRejected,
      { onReset: (reason) => resets.push(reason) },
      async ({ revision }) => {
        seen.push(revision);
        if (revision === '1') await held;
      },
    );
    open.push(reader);
    await reject('1');
    await eventually(() => seen.length === 1);
    // the reader is busy while the connection breaks and the stream drops what it has not read
    for (const revision of ['2', '3', '4']) await reject(revision);
    await rig.restartNats();
    const { manager } = await rig.session();
    await manager.streams.purge('EVENTS', { seq: 4 });
    letGo();
    await eventually(() => seen.includes('4'));
    expect(seen).toEqual(['1', '4']);
    expect(resets).toEqual(['gap']);
  });

  it('repeats a message until its listener can take it', async () => {
    for (const revision of ['1', '2']) await reject(revision);
    const seen: string[] = [];
    let failures = 2;
    const reader = rig.subscriptions.subscribeOrdered(ManifestsRejected, {}, ({ revision }) => {
      seen.push(revision);
      if (failures-- > 0) throw new StoreAway('not now');
    });
    open.push(reader);
    await reader.caughtUp;
    expect(seen).toEqual(['1', '1', '1', '2']);
  });

  it('skips what no listener can take and what is no message', async () => {
    await reject('1');
    const { jetstream } = await rig.session();
    await jetstream.publish(ManifestsRejected.subject, 'garbage');
    await reject('3');
    const seen: string[] = [];
    const reader = rig.subscriptions.subscribeOrdered(ManifestsRejected, {}, ({ revision }) => {
      seen.push(revision);
      if (revision === '1') throw new TypeError('a bug');
    });
    open.push(reader);
    await reader.caughtUp;
    expect(seen).toEqual(['1', '1', '1', '3']);
  });

  it('stops while its listener keeps failing', async () => {
    await reject('1');
    let called = () => {};
    const begun = new Promise<void>((resolve) => {
      called = resolve;
    });
    const reader = rig.subscriptions.subscribeOrdered(ManifestsRejected, {}, () => {
      called();
      throw new StoreAway('for ever');
    });
    await begun;
    await reader.stop();
  });
});
