import { Controller, Module, type Type } from '@nestjs/common';
import { SilentLog, startServiceApplication, type RunningService } from '@vigil/service';
import { JetStreamStrategy } from '../consume/jetstream-strategy.js';
import { MessagingModule } from '../messaging.module.js';

/** Starts a service that consists of one controller. */
export async function startHandlerService(
  url: string,
  controller: Type,
  name = 'handlers',
): Promise<RunningService> {
  Controller()(controller);

  @Module({ imports: [MessagingModule.forRoot({ url })], controllers: [controller] })
  class HandlerModule {}

  return startServiceApplication({
    name,
    module: HandlerModule,
    transport: JetStreamStrategy,
    log: new SilentLog(),
    bind: '127.0.0.1',
    port: 0,
    metricsAccess: { kind: 'loopback' },
  });
}
