import 'reflect-metadata';
import { INGEST_LIMITS } from '@vigil/contracts';
import { JetStreamStrategy } from '@vigil/messaging';
import { bootstrapService } from '@vigil/service';
import { AppModule } from './app.module.js';
import { collectorConfig } from './config.js';
import { configureHttp } from './configure-http.js';

await bootstrapService({
  config: collectorConfig,
  module: (config) => AppModule.forRoot(config),
  transport: JetStreamStrategy,
  guardsMetrics: true,
  bodyLimit: INGEST_LIMITS.bodyBytes,
  configure: configureHttp,
});
