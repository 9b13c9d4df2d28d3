import { JetStreamStrategy } from '@vigil/messaging';
import { bootstrapService } from '@vigil/service';
import { AppModule } from './app.module.js';
import { GitopsdConfig } from './config.js';
import { acceptRawBodies, WEBHOOK_BYTES } from './webhooks/accept-raw-bodies.js';

await bootstrapService({
  config: GitopsdConfig,
  module: (config) => AppModule.forRoot(config),
  transport: JetStreamStrategy,
  bodyLimit: WEBHOOK_BYTES,
  configure: acceptRawBodies,
});
