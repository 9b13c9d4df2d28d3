import { JetStreamStrategy } from '@vigil/messaging';
import { bootstrapService } from '@vigil/service';
import { AppModule } from './app.module.js';
import { GitopsdConfig } from './config.js';

await bootstrapService({
  config: GitopsdConfig,
  module: (config) => AppModule.forRoot(config),
  transport: JetStreamStrategy,
});
