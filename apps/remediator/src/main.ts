import { bootstrapService } from '@vigil/service';
import { JetStreamStrategy } from '@vigil/messaging';
import { AppModule } from './app.module.js';
import { remediatorConfig } from './config.js';

await bootstrapService({
  config: remediatorConfig,
  module: (config) => AppModule.forRoot(config),
  transport: JetStreamStrategy,
});
