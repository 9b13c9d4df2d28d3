import 'reflect-metadata';
import { JetStreamStrategy } from '@vigil/messaging';
import { bootstrapService } from '@vigil/service';
import { AppModule } from './app.module.js';
import { collectorConfig } from './config.js';
import { configureHttp } from './configure-http.js';
import { BODY_BYTES } from './ingest/decode-body.js';

await bootstrapService({
  config: collectorConfig,
  module: (config) => AppModule.forRoot(config),
  transport: JetStreamStrategy,
  guardsMetrics: true,
  bodyLimit: BODY_BYTES,
  configure: configureHttp,
});
