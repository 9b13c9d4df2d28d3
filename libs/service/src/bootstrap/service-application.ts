import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy, MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { withCorrelation } from '../correlation/correlation.js';
import { HealthRegistry } from '../health/health-registry.js';
import { AllowedMethods } from '../http/allowed-methods.js';
import { measureRequests } from '../http/http-metrics.js';
import { pathOf, ProblemFilter, sendProblem } from '../http/problem-filter.js';
import { problemFor } from '../http/problem.js';
import type { Log } from '../logging/log.js';
import { NestLogger } from '../logging/nest-logger.js';
import type { MetricsAccess } from '../metrics/metrics-access.js';
import { Metrics } from '../metrics/metrics.js';
import { ServiceIdentity } from '../service-identity.js';
import { ServiceModule } from '../service.module.js';
import { VIGIL_VERSION } from '../version.js';
import { FrontDoor } from './front-door.js';

export interface ServiceApplicationOptions {
  readonly name: string;
  readonly module: Type | DynamicModule;
  readonly log: Log;
  readonly bind: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly metricsAccess: MetricsAccess;
  /** Injection token of the transport that carries messages to the handlers. */
  readonly transport?: Type<CustomTransportStrategy>;
  /** Largest accepted request body, bytes; default 1 MiB. */
  readonly bodyLimit?: number;
  /** Adds plugins and hooks before the routes are made. */
  readonly configure?: (app: NestFastifyApplication) => void | Promise<void>;
}

export interface RunningService {
  readonly app: NestFastifyApplication;
  /** `http://127.0.0.1:8083` */
  readonly url: string;
  /** Stops consuming, finishes what runs, then closes everything. Can be called twice. */
  stop(): Promise<void>;
}

class ServiceRoot {}

/** Input is checked by the contracts' own schemas: Fastify need not load its compilers for them. */
const NO_SCHEMAS = {
  buildValidator: () => refuseSchema,
  buildSerializer: () => refuseSchema,
};

function refuseSchema(): never {
  throw new Error('a route has a Fastify schema; use parseInput with a schema of the contracts');
}

/**
 * Builds and starts the Nest application of a service; does not touch the process. The port is the
 * first thing that it takes: nothing of the service exists before, and nothing is consumed.
 * @throws the error of the system when the port is taken; what the module throws
 */
export async function startServiceApplication(
  options: ServiceApplicationOptions,
): Promise<RunningService> {
  const door = await FrontDoor.take(options.port, options.bind);
  try {
    return await startBehind(door, options);
  } catch (error) {
    door.abandon();
    throw error;
  }
}

async function startBehind(
  door: FrontDoor,
  options: ServiceApplicationOptions,
): Promise<RunningService> {
  const app = await createApplication(options, door);
  const transport = options.transport === undefined ? undefined : app.get(options.transport);
  if (transport !== undefined) {
    // its handlers are not reached over HTTP: guards and pipes of the routes are not for them
    app.connectMicroservice<MicroserviceOptions>({ strategy: transport });
  }
  await options.configure?.(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  door.open();
  await app.startAllMicroservices();
  const health = app.get(HealthRegistry);
  health.markStarted();

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    health.markStopping();
    // before Nest's own order, which would destroy providers while handlers still use them
    await transport?.close();
    await app.close();
  };
  return { app, url: door.url, stop: () => (stopped ??= stop()) };
}

async function createApplication(
  options: ServiceApplicationOptions,
  door: FrontDoor,
): Promise<NestFastifyApplication> {
  const { log, metricsAccess, module } = options;
  const identity = new ServiceIdentity(options.name, VIGIL_VERSION);
  const adapter = new FastifyAdapter({
    serverFactory: (service: RequestListener) => door.leadsTo(service),
    bodyLimit: options.bodyLimit ?? 1024 ** 2,
    return503OnClosing: true,
    schemaController: { compilersFactory: NO_SCHEMAS },
    // an id of a resource is up to 760 characters long, and three times that when it is encoded
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 2_400 },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      sendProblem(reply, problemFor(error, pathOf(request.url)));
    },
  });
  const allowedMethods = new AllowedMethods();
  const fastify = adapter.getInstance();
  // Fastify closes only what it has opened itself
  fastify.addHook('onClose', () => door.close());
  fastify.addHook('onRoute', (route) => {
    allowedMethods.add(route.url, route.method);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    const correlationId = correlationIdOf(request.headers['x-correlation-id']);
    void reply.header('x-correlation-id', correlationId);
    withCorrelation(correlationId, done);
  });
  const metrics = new Metrics({ processMetrics: true });
  metrics
    .gauge({ name: 'vigil_build_info', help: 'Always 1.', labels: ['service', 'version'] })
    .set({ service: identity.name, version: identity.version }, 1);
  measureRequests(fastify, metrics);
  const root = {
    module: ServiceRoot,
    imports: [ServiceModule.forRoot({ identity, log, metrics, metricsAccess }), module],
  };
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: new NestLogger(log),
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(log.child('http'), allowedMethods));
  return app;
}

/** Takes the caller's id when it is harmless in logs and headers. */
function correlationIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w.:/-]{1,128}$/.test(header) ? header : randomUUID();
}
