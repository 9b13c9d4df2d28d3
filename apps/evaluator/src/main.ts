import { JetStreamStrategy } from '@vigil/messaging';
import { bootstrapService } from '@vigil/service';
import { AppModule } from './app.module.js';
import { evaluatorConfig } from './config.js';

await bootstrapService({
  config: evaluatorConfig,
  module: (config) => AppModule.forRoot(config),
  transport: JetStreamStrategy,
});
