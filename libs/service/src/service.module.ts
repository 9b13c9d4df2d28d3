import { Module, type DynamicModule } from '@nestjs/common';
import { Clock, SystemClock } from './clock/clock.js';
import { HealthRegistry } from './health/health-registry.js';
import { ProbesController } from './health/probes.controller.js';
import { Log } from './logging/log.js';
import type { MetricsAccess } from './metrics/metrics-access.js';
import { METRICS_ACCESS, MetricsController } from './metrics/metrics.controller.js';
import { Metrics } from './metrics/metrics.js';
import { ServiceIdentity } from './service-identity.js';

export interface ServiceModuleOptions {
  readonly identity: ServiceIdentity;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly metricsAccess: MetricsAccess;
  readonly clock?: Clock;
}

/** What every part of a service may inject: `ServiceIdentity`, `Log`, `Clock`, `Metrics`, `HealthRegistry`. */
@Module({})
export class ServiceModule {
  static forRoot(options: ServiceModuleOptions): DynamicModule {
    const clock = options.clock ?? new SystemClock();
    const { identity, log, metrics, metricsAccess } = options;
    return {
      module: ServiceModule,
      global: true,
      controllers: [ProbesController, MetricsController],
      providers: [
        { provide: ServiceIdentity, useValue: identity },
        { provide: Log, useValue: log },
        { provide: Clock, useValue: clock },
        { provide: Metrics, useValue: metrics },
        { provide: HealthRegistry, useValue: new HealthRegistry(clock, identity.version) },
        { provide: METRICS_ACCESS, useValue: metricsAccess },
      ],
      exports: [ServiceIdentity, Log, Clock, Metrics, HealthRegistry],
    };
  }
}
