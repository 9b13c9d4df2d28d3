import {
  defineRequest,
  defineSignal,
  EvaluationRequested,
  ManifestsRejected,
  StateObserved,
} from '@vigil/contracts';
import { VigilError, withCorrelation } from '@vigil/service';
import { z } from 'zod';
import { startNats } from '@vigil/testkit';
import {
  InvalidPayload,
  MessageTooLarge,
  NatsUnavailable,
  NoResponders,
  RequestFailed,
  RequestTimeout,
  WrongSequence,
} from '../errors.js';
import { MessagingRig } from '../testing/messaging-rig.js';

const Double = defineRequest(
  'vigil.test.{host}.double',
  z.object({ value: z.number() }),
  z.object({ value: z.number() }),
);
const Noted = defineSignal('vigil.test.{host}.noted', z.object({ text: z.string() }));

const request = (requestId: string) => ({
  requestId,
  resource: 'production/Service/web',
  correlationId: 'c-1',
  actor: 'test',
  at: 1,
});

const snapshotOf = (host: string) => ({
  host,
  hostLabels: {},
  receivedAt: 1,
  sequence: { epoch: 1, counter: 1 },
  observedAt: 1,
  agentVersion: '0',
  runtimes: [],
  stopped: false,
  replicas: [],
});

describe('the bus', () => {
  let rig: MessagingRig;
  beforeAll(async () => {
    rig = await MessagingRig.on(await startNats());
  });
  afterAll(() => rig.stop());

  it('acknowledges a repetition without storing it', async () => {
    const first = await rig.bus.publish(EvaluationRequested, request('a'), { messageId: 'm-1' });
    const again = await rig.bus.publish(EvaluationRequested, request('a'), { messageId: 'm-1' });
    expect(first).toMatchObject({ stream: 'EVALUATIONS', duplicate: false });
    expect(again).toEqual({ ...first, duplicate: true });
  });

  it('stores only at the expected sequence', async () => {
    const rejected = { source: 's', revision: 'r', errors: [], at: 1, correlationId: 'c' };
    const first = await rig.bus.publish(ManifestsRejected, rejected, {
      expectLastSubjectSequence: 0,
    });
    await expect(
      rig.bus.publish(ManifestsRejected, rejected, { expectLastSubjectSequence: 0 }),
    ).rejects.toBeInstanceOf(WrongSequence);
    const next = await rig.bus.publish(ManifestsRejected, rejected, {
      expectLastSubjectSequence: first.sequence,
    });
    expect(next.sequence).toBe(first.sequence + 1);
  });

  it('fills the subject with encoded values', async () => {
    const snapshot = snapshotOf('web-1.example.org');
    await rig.bus.publish(StateObserved, snapshot, { params: { host: 'web-1.example.org' } });
    const { manager } = await rig.session();
    const stored = await manager.streams.getMessage('STATE', {
      last_by_subj: 'vigil.state.observed.web-1=2Eexample=2Eorg',
    });
    expect(stored?.json()).toEqual(snapshot);
  });

  it('forgets what is stored under one subject, and nothing else', async () => {
    const keep = (host: string) =>
      rig.bus.publish(StateObserved, snapshotOf(host), { params: { host } });
    for (const host of ['gone', 'gone.example', 'stays']) await keep(host);
    await rig.bus.forget(StateObserved, { params: { host: 'gone' } });
    const hosts: string[] = [];
    const reading = rig.subscriptions.subscribeOrdered(
      StateObserved,
      { deliver: 'last-per-subject' },
      ({ host }) => {
        hosts.push(host);
      },
    );
    await reading.caughtUp;
    await reading.stop();
    expect(hosts).toEqual(expect.arrayContaining(['gone.example', 'stays']));
    expect(hosts).not.toContain('gone');
    const again = await keep('gone');
    expect(again).toMatchObject({ stream: 'STATE', duplicate: false });
  });

  it('has nothing against forgetting what was never said', async () => {
    await expect(
      rig.bus.forget(StateObserved, { params: { host: 'unheard-of' } }),
    ).resolves.toBeUndefined();
  });

  it('refuses what breaks the contract, without showing the value', async () => {
    const failure = await rig.bus
      .publish(EvaluationRequested, { ...request('b'), at: -4242 })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidPayload);
    expect(String(failure)).toContain('at: ');
    expect(String(failure)).not.toContain('4242');
  });

  it('refuses what the server would not take', async () => {
    const big = { ...request('c'), actor: 'x'.repeat(1024 ** 2) };
    await expect(rig.bus.publish(EvaluationRequested, big)).rejects.toBeInstanceOf(MessageTooLarge);
  });

  it('asks and gets the reply, in the correlation of the asker', async () => {
    const seen: unknown[] = [];
    const answering = rig.subscriptions.answer(
      Double,
      ({ value }, context) => {
        seen.push(context.correlationId, context.params);
        return { value: value * 2 };
      },
      { params: { host: 'a.b' } },
    );
    const reply = await withCorrelation('c-9', () =>
      rig.bus.request(Double, { value: 21 }, { params: { host: 'a.b' } }),
    );
    expect(reply).toEqual({ value: 42 });
    expect(seen).toEqual(['c-9', { host: 'a.b' }]);
    await answering.stop();
  });

  it('tells "nobody there" from "no reply in time"', async () => {
    const ask = () =>
      rig.bus.request(Double, { value: 1 }, { params: { host: 'gone' }, timeoutMs: 50 });
    await expect(ask()).rejects.toBeInstanceOf(NoResponders);
    let finish: (reply: { value: number }) => void = () => {};
    const slow = rig.subscriptions.answer(
      Double,
      () =>
        new Promise<{ value: number }>((resolve) => {
          finish = resolve;
        }),
      { params: { host: 'gone' } },
    );
    await expect(ask()).rejects.toBeInstanceOf(RequestTimeout);
    finish({ value: 1 });
    await slow.stop();
  });

  it('carries the error of the other side with its code and disposition', async () => {
    class Refused extends VigilError {
      readonly code = 'test.refused';
      readonly disposition = 'reject';
    }
    const answering = rig.subscriptions.answer(
      Double,
      () => {
        throw new Refused('not today\nreally');
      },
      { params: { host: 'r' } },
    );
    const failure = await rig.bus
      .request(Double, { value: 1 }, { params: { host: 'r' } })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RequestFailed);
    expect(failure).toMatchObject({
      remoteCode: 'test.refused',
      disposition: 'reject',
      message: 'not today really',
    });
    await answering.stop();
  });

  it('sends signals to whoever listens', async () => {
    const heard = new Promise((resolve) => {
      rig.subscriptions.hear(Noted, { filterParams: { host: 'x' } }, (note, { params }) =>
        resolve([note, params]),
      );
    });
    await rig.bus.signal(Noted, { text: 'not for you' }, { params: { host: 'y' } });
    await rig.bus.signal(Noted, { text: 'hello' }, { params: { host: 'x' } });
    expect(await heard).toEqual([{ text: 'hello' }, { host: 'x' }]);
  });

  it('listens again after a restart of the server', async () => {
    const heard: string[] = [];
    let onHeard = () => {};
    const listening = rig.subscriptions.hear(Noted, {}, ({ text }) => {
      heard.push(text);
      onHeard();
    });
    await rig.restartNats();
    const arrived = new Promise<void>((resolve) => {
      onHeard = resolve;
    });
    await rig.bus.signal(Noted, { text: 'after' }, { params: { host: 'z' } });
    await arrived;
    expect(heard).toEqual(['after']);
    await listening.stop();
  });

  it('fails at once while NATS is away', async () => {
    const { ended } = await rig.session();
    await rig.nats.stop();
    await new Promise((resolve) => {
      if (ended.aborted) resolve(undefined);
      ended.addEventListener('abort', resolve);
    });
    await expect(rig.bus.publish(EvaluationRequested, request('d'))).rejects.toBeInstanceOf(
      NatsUnavailable,
    );
    await expect(
      rig.bus.forget(StateObserved, { params: { host: 'gone' } }),
    ).rejects.toBeInstanceOf(NatsUnavailable);
    await rig.nats.restart();
    await rig.session();
  });
});
