import { Controller, Module, type DynamicModule } from '@nestjs/common';
import { ManifestsRejected } from '@vigil/contracts';
import {
  bootstrapService,
  defineConfig,
  portSetting,
  serviceSettings,
  VigilError,
} from '@vigil/service';
import { setTimeout as pause } from 'node:timers/promises';
import { Handles } from '../consume/handles.js';
import { JetStreamStrategy } from '../consume/jetstream-strategy.js';
import { MessagingModule } from '../messaging.module.js';

/** A service as small as one can be, for tests of the process around it. */

const exampleConfig = defineConfig('example', {
  ...serviceSettings(
    portSetting('VIGIL_EVALUATOR_PORT', { description: 'Port of the example.', default: '0' }),
  ),
});

class Broken extends VigilError {
  readonly code = 'example.broken';
  readonly disposition = 'crash';
}

@Controller()
class OnManifestsRejected {
  @Handles(ManifestsRejected, { durable: 'example' })
  async handle({ source }: ManifestsRejected): Promise<void> {
    process.stdout.write(`begin ${source}\n`);
    if (source === 'slow') await pause(500);
    if (source === 'crash') throw new Broken('cannot go on');
    process.stdout.write(`end ${source}\n`);
    if (source === 'bug')
      queueMicrotask(() => {
        throw new Error('a bug outside of any handler');
      });
  }
}

@Module({})
class ExampleModule {
  static forRoot(config: { readonly natsUrl: string }): DynamicModule {
    return {
      module: ExampleModule,
      imports: [MessagingModule.forRoot({ url: config.natsUrl })],
      controllers: [OnManifestsRejected],
    };
  }
}

await bootstrapService({
  config: exampleConfig,
  module: (config) => ExampleModule.forRoot(config),
  transport: JetStreamStrategy,
});
