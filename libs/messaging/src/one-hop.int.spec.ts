import { Controller, Injectable, Module } from '@nestjs/common';
import { defineRequest, ManifestsRejected } from '@vigil/contracts';
import { currentCorrelationId, SilentLog, startServiceApplication } from '@vigil/service';
import { eventually, startNats, type TestNats } from '@vigil/testkit';
import { z } from 'zod';
import {
  Answers,
  Bus,
  Handles,
  JetStreamStrategy,
  MessagingModule,
  type MessageContext,
} from './index.js';

/** A whole service in a few lines: one event handled, one request answered. */

@Injectable()
class RejectionBook {
  readonly entries: string[] = [];
}

const CountRejections = defineRequest(
  'vigil.test.count',
  z.object({ source: z.string() }),
  z.object({ count: z.number() }),
);

@Controller()
class OnManifestsRejected {
  constructor(private readonly book: RejectionBook) {}

  @Handles(ManifestsRejected, { durable: 'example-rejections' })
  handle(rejected: ManifestsRejected, context: MessageContext): void {
    this.book.entries.push(
      `${rejected.source} ${context.sender ?? '?'} ${currentCorrelationId() ?? '?'}`,
    );
  }

  @Answers(CountRejections)
  count({ source }: { source: string }): { count: number } {
    return { count: this.book.entries.filter((entry) => entry.startsWith(source)).length };
  }
}

describe('a message in one hop', () => {
  let nats: TestNats;
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats.stop());

  it('goes from publish to the handler of a Nest service, with its correlation id', async () => {
    @Module({
      imports: [MessagingModule.forRoot({ url: nats.url })],
      controllers: [OnManifestsRejected],
      providers: [RejectionBook],
    })
    class ExampleModule {}
    const service = await startServiceApplication({
      name: 'example',
      module: ExampleModule,
      transport: JetStreamStrategy,
      log: new SilentLog(),
      bind: '127.0.0.1',
      port: 0,
      metricsAccess: { kind: 'loopback' },
    });
    try {
      await eventually(async () => (await fetch(`${service.url}/health/ready`)).ok);
      const bus = service.app.get(Bus);
      const book = service.app.get(RejectionBook);
      const published = await bus.publish(
        ManifestsRejected,
        { source: 'team-a', revision: 'r1', at: 1, errors: [], correlationId: 'c-1' },
        { correlationId: 'c-1', messageId: 'team-a/r1' },
      );
      expect(published).toMatchObject({ stream: 'EVENTS', sequence: 1, duplicate: false });
      await eventually(() => book.entries.length > 0);
      expect(book.entries).toEqual(['team-a example c-1']);
      expect(await bus.request(CountRejections, { source: 'team-a' })).toEqual({ count: 1 });
    } finally {
      await service.stop();
    }
  });
});
