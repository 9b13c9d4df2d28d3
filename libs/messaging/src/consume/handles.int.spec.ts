import type { Type } from '@nestjs/common';
import { OperatorActionRequested, EvaluationRequested, ManifestsRejected } from '@vigil/contracts';
import { VigilError, type RunningService } from '@vigil/service';
import { eventually, startNats } from '@vigil/testkit';
import { HEADER } from '../headers.js';
import { MessagingHealth } from '../health/messaging-health.js';
import type { MessageContext } from '../message-context.js';
import { startHandlerService } from '../testing/handler-service.js';
import { MessagingRig } from '../testing/messaging-rig.js';
import { Handles } from './handles.js';
import { JetStreamStrategy } from './jetstream-strategy.js';

class Refused extends VigilError {
  readonly code = 'test.refused';
  readonly disposition = 'reject';
}

const FAST = { initialMs: 20, capMs: 40 };

const rejected = (source: string) => ({
  source,
  revision: 'r',
  errors: [],
  at: 1,
  correlationId: 'c-1',
});

describe('handlers of events', () => {
  let rig: MessagingRig;
  let service: RunningService | undefined;

  beforeEach(async () => {
    rig = await MessagingRig.on(await startNats());
  });
  afterEach(async () => {
    await service?.stop();
    service = undefined;
    await rig.stop();
  });

  const start = async (controller: Type): Promise<RunningService> => {
    const started = await startHandlerService(rig.nats.url, controller);
    await eventually(() => started.app.get(JetStreamStrategy).isBound());
    return started;
  };

  const unsettled = async (stream: string, durable: string) => {
    const { manager } = await rig.session();
    const info = await manager.consumers.info(stream, durable);
    return info.num_pending + info.num_ack_pending;
  };

  it('acknowledges what was handled: work leaves its queue', async () => {
    const seen: string[] = [];
    class OnEvaluationRequested {
      @Handles(EvaluationRequested, { durable: 'work' })
      handle({ requestId }: EvaluationRequested): void {
        seen.push(requestId);
      }
    }
    service = await start(OnEvaluationRequested);
    const request = { resource: 'a/b', correlationId: 'c', actor: 'me', at: 1 };
    for (const requestId of ['1', '2', '3']) {
      await rig.bus.publish(EvaluationRequested, { ...request, requestId });
    }
    await eventually(() => seen.length === 3);
    expect(seen).toEqual(['1', '2', '3']);
    const { manager } = await rig.session();
    await eventually(async () => {
      const { state } = await manager.streams.info('EVALUATIONS');
      return state.messages === 0;
    });
  });

  it('tries again what failed, and keeps the others going', async () => {
    const seen: string[] = [];
    class OnManifestsRejected {
      @Handles(ManifestsRejected, { durable: 'flaky', backoff: FAST })
      handle({ source }: ManifestsRejected, { deliveryCount }: MessageContext): void {
        seen.push(`${source}:${deliveryCount}`);
        if (source === 'bad' && deliveryCount < 3) throw new Error('not yet');
      }
    }
    service = await start(OnManifestsRejected);
    await rig.bus.publish(ManifestsRejected, rejected('bad'));
    await rig.bus.publish(ManifestsRejected, rejected('good'));
    await eventually(async () => (await unsettled('EVENTS', 'flaky')) === 0 && seen.length === 4);
    expect([...seen].sort()).toEqual(['bad:1', 'bad:2', 'bad:3', 'good:1']);
    expect(seen.indexOf('good:1')).toBeLessThan(seen.indexOf('bad:2'));
  });

  it('keeps the order, when it has to, while a message waits for its next attempt', async () => {
    const seen: string[] = [];
    class OnManifestsRejected {
      @Handles(ManifestsRejected, {
        durable: 'ordered',
        inOrder: true,
        maxDeliver: 'unlimited',
        backoff: FAST,
      })
      handle({ source }: ManifestsRejected, { deliveryCount }: MessageContext): void {
        seen.push(`${source}:${deliveryCount}`);
        if (source === 'a' && deliveryCount < 3) throw new Error('not yet');
      }
    }
    service = await start(OnManifestsRejected);
    for (const source of ['a', 'b', 'c'])
      await rig.bus.publish(ManifestsRejected, rejected(source));
    await eventually(() => seen.length === 5);
    expect(seen).toEqual(['a:1', 'a:2', 'a:3', 'b:1', 'c:1']);
  });

  it('makes dead letters of what is refused, broken or fails for ever, and says so', async () => {
    class OnManifestsRejected {
      @Handles(ManifestsRejected, { durable: 'dead', maxDeliver: 2, backoff: FAST })
      handle({ source }: ManifestsRejected): void {
        if (source === 'refused') throw new Refused('no such source');
        if (source === 'hopeless') throw new Error('always');
      }
    }
    service = await start(OnManifestsRejected);
    const { jetstream, manager } = await rig.session();
    await rig.bus.publish(ManifestsRejected, rejected('refused'), { correlationId: 'c-7' });
    await jetstream.publish(ManifestsRejected.subject, '{"source": 1}');
    await jetstream.publish(ManifestsRejected.subject, 'not json');
    await rig.bus.publish(ManifestsRejected, rejected('hopeless'));
    await rig.bus.publish(ManifestsRejected, rejected('fine'));
    await eventually(async () => (await unsettled('EVENTS', 'dead')) === 0);

    const letters = await Promise.all(
      [1, 2, 3, 4].map((seq) => manager.streams.getMessage('DEAD_LETTERS', { seq })),
    );
    const facts = letters.map((letter) => [
      letter?.header.get(HEADER.deadSequence),
      letter?.header.get(HEADER.deadReason),
      letter?.header.get(HEADER.deadDeliveries),
    ]);
    expect(facts.sort()).toEqual([
      ['1', 'rejected', '1'],
      ['2', 'invalid', '1'],
      ['3', 'invalid', '1'],
      ['4', 'exhausted', '2'],
    ]);
    const first = letters.find((letter) => letter?.header.get(HEADER.deadSequence) === '1');
    expect(first?.subject).toBe('vigil.dead.EVENTS.dead');
    expect(first?.json()).toEqual(rejected('refused'));
    expect(first?.header.get(HEADER.deadError)).toBe('test.refused: no such source');
    expect(first?.header.get(HEADER.correlationId)).toBe('c-7');

    expect(await service.app.get(MessagingHealth).deadLetters()).toBe(4);
    const health: unknown = await (await fetch(`${service.url}/health`)).json();
    expect(health).toMatchObject({
      status: 'degraded',
      components: {
        nats: { status: 'degraded', detail: '4 dead letters in the stream DEAD_LETTERS' },
      },
    });
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toContain('vigil_dead_letters_total{consumer="dead",reason="invalid"} 2');
    expect(metrics).toContain('vigil_messages_handled_total{consumer="dead",outcome="acked"} 1');
  });

  it('does not give a slow handler its message again', async () => {
    const seen: number[] = [];
    const slow = () => new Promise((resolve) => setTimeout(resolve, 900));
    class OnManifestsRejected {
      @Handles(ManifestsRejected, { durable: 'slow', ackWaitMs: 300 })
      async handle(_rejected: ManifestsRejected, { sequence }: MessageContext): Promise<void> {
        seen.push(sequence);
        await slow();
      }
    }
    service = await start(OnManifestsRejected);
    await rig.bus.publish(ManifestsRejected, rejected('a'));
    await rig.bus.publish(ManifestsRejected, rejected('b'));
    await eventually(async () => (await unsettled('EVENTS', 'slow')) === 0);
    expect(seen).toEqual([1, 2]);
  });

  it('handles as many at the same time as it may', async () => {
    let running = 0;
    let most = 0;
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    class OnManifestsRejected {
      @Handles(ManifestsRejected, { durable: 'parallel', concurrency: 3 })
      async handle(): Promise<void> {
        running += 1;
        most = Math.max(most, running);
        await gate;
        running -= 1;
      }
    }
    service = await start(OnManifestsRejected);
    for (const source of 'abcdefgh') await rig.bus.publish(ManifestsRejected, rejected(source));
    await eventually(() => running === 3);
    open();
    await eventually(async () => (await unsettled('EVENTS', 'parallel')) === 0);
    expect(most).toBe(3);
  });

  it('goes on after a restart of the server, with everything that was published', async () => {
    const seen = new Set<string>();
    class OnManifestsRejected {
      @Handles(ManifestsRejected, { durable: 'restarted' })
      handle({ source }: ManifestsRejected): void {
        seen.add(source);
      }
    }
    service = await start(OnManifestsRejected);
    const publish = async (from: number) => {
      for (let index = from; index < from + 40; index += 1) {
        await rig.bus.publish(ManifestsRejected, rejected(`s${index}`));
      }
    };
    await publish(0);
    await rig.restartNats();
    await publish(40);
    await eventually(() => seen.size === 80);
  });

  it('begins anew on a server that lost its data', async () => {
    const seen: string[] = [];
    class OnManifestsRejected {
      @Handles(ManifestsRejected, { durable: 'lost' })
      handle({ source }: ManifestsRejected): void {
        seen.push(source);
      }
    }
    service = await start(OnManifestsRejected);
    await rig.bus.publish(ManifestsRejected, rejected('before'));
    await eventually(() => seen.length === 1);
    await rig.restartNats({ losingItsData: true });
    await rig.bus.publish(ManifestsRejected, rejected('after'));
    await eventually(() => seen.length === 2);
    expect(seen).toEqual(['before', 'after']);
  });

  it('makes its consumer again when somebody deletes it', async () => {
    const seen: string[] = [];
    class OnManifestsRejected {
      @Handles(ManifestsRejected, { durable: 'deleted', deliver: 'new' })
      handle({ source }: ManifestsRejected): void {
        seen.push(source);
      }
    }
    service = await start(OnManifestsRejected);
    const { manager } = await rig.session();
    const first = await manager.consumers.info('EVENTS', 'deleted');
    await manager.consumers.delete('EVENTS', 'deleted');
    await eventually(async () => {
      const now = await manager.consumers.info('EVENTS', 'deleted').catch(() => undefined);
      return now !== undefined && now.created !== first.created;
    });
    await rig.bus.publish(ManifestsRejected, rejected('a'));
    await eventually(() => seen.length === 1);
  });

  it('finishes what runs when it stops, and leaves the rest to the next', async () => {
    const handled: string[] = [];
    let begun = () => {};
    let finish = () => {};
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    class First {
      @Handles(ManifestsRejected, { durable: 'handover', ackWaitMs: 60_000 })
      async handle({ source }: ManifestsRejected): Promise<void> {
        begun();
        await gate;
        handled.push(`first ${source}`);
      }
    }
    class Second {
      @Handles(ManifestsRejected, { durable: 'handover', ackWaitMs: 60_000 })
      handle({ source }: ManifestsRejected): void {
        handled.push(`second ${source}`);
      }
    }
    for (const source of ['a', 'b', 'c'])
      await rig.bus.publish(ManifestsRejected, rejected(source));
    const first = await start(First);
    await running;
    const stopped = first.stop();
    finish();
    await stopped;
    service = await start(Second);
    await eventually(() => handled.length === 3);
    expect(handled).toEqual(['first a', 'second b', 'second c']);
  });

  it('changes the settings of a consumer that an older version made', async () => {
    class Older {
      @Handles(ManifestsRejected, { durable: 'settings', ackWaitMs: 30_000 })
      handle(): void {}
    }
    class Newer {
      @Handles(ManifestsRejected, { durable: 'settings', ackWaitMs: 7_000, inOrder: true })
      handle(): void {}
    }
    await (await start(Older)).stop();
    service = await start(Newer);
    const { manager } = await rig.session();
    const { config } = await manager.consumers.info('EVENTS', 'settings');
    expect([config.ack_wait, config.max_ack_pending]).toEqual([7e9, 1]);
  });

  it('stops at any moment of its start', async () => {
    class OnManifestsRejected {
      @Handles(ManifestsRejected, { durable: 'brief' })
      handle(): void {}
    }
    for (const delayMs of [0, 1, 3, 10, 30]) {
      const brief = await startHandlerService(rig.nats.url, OnManifestsRejected);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await brief.stop();
    }
  });

  it('lets one service handle several contracts of one stream', async () => {
    const seen: string[] = [];
    class OnRequests {
      @Handles(EvaluationRequested, { durable: 'two-a' })
      evaluate({ requestId }: EvaluationRequested): void {
        seen.push(`evaluate ${requestId}`);
      }

      @Handles(OperatorActionRequested, { durable: 'two-b' })
      operate({ requestId }: OperatorActionRequested): void {
        seen.push(`operate ${requestId}`);
      }
    }
    service = await start(OnRequests);
    const request = { resource: 'a/b', correlationId: 'c', actor: 'me', at: 1 };
    await rig.bus.publish(EvaluationRequested, { ...request, requestId: '1' });
    await rig.bus.publish(OperatorActionRequested, {
      ...request,
      requestId: '2',
      action: 'restart',
      reason: 'because',
      force: false,
      dryRun: false,
    });
    await eventually(() => seen.length === 2);
    expect([...seen].sort()).toEqual(['evaluate 1', 'operate 2']);
  });
});
