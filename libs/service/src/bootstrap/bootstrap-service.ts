import type { DynamicModule, Type } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  ConfigError,
  loadConfig,
  parseServiceArguments,
  printConfig,
  type ConfigDefinition,
  type ServiceConfig,
} from '@vigil/config';
import { readFileSync } from 'node:fs';
import { PinoLog } from '../logging/pino-log.js';
import { standardOutput } from '../logging/standard-output.js';
import type { MetricsAccess } from '../metrics/metrics-access.js';
import { VIGIL_VERSION } from '../version.js';
import { returnMemoryWhenIdle } from './idle-memory.js';
import { exitOnFatalErrors, stopOnSignals, surviveBrokenOutput } from './process-lifecycle.js';
import { startServiceApplication } from './service-application.js';

export interface BootstrapOptions<Config extends ServiceConfig> {
  readonly config: ConfigDefinition<Config>;
  /** The app module, wired with the configuration. */
  readonly module: (config: Config) => Type | DynamicModule;
  /** Injection token of the transport that carries messages to the handlers. */
  readonly transport?: Type<CustomTransportStrategy>;
  /** True when the service's own guards decide who may read `GET /metrics`. */
  readonly guardsMetrics?: boolean;
  /** Largest accepted request body, bytes; default 1 MiB. */
  readonly bodyLimit?: number;
  /** Adds plugins and hooks before the routes are made. */
  readonly configure?: (app: NestFastifyApplication) => void | Promise<void>;
}

/**
 * The whole `main.ts` of a service: configuration, log, HTTP, transport, signals.
 * Exit codes: 0 after an orderly stop, 1 after a failure, 2 when the configuration is wrong (also for
 * a `ConfigError` that the module throws).
 */
export async function bootstrapService<Config extends ServiceConfig>(
  options: BootstrapOptions<Config>,
): Promise<void> {
  const startedAt = performance.now();
  const config = configOfProcess(options.config);
  if (config === undefined) return;
  const { service } = options.config;
  const log = PinoLog.create({
    service,
    version: VIGIL_VERSION,
    level: config.logLevel,
    destination: await standardOutput(),
  });
  exitOnFatalErrors(log);
  surviveBrokenOutput();
  try {
    const { module, config: _definition, guardsMetrics = false, ...rest } = options;
    const running = await startServiceApplication({
      ...rest,
      name: service,
      module: module(config),
      log,
      bind: config.bind,
      port: config.port,
      metricsAccess: guardsMetrics
        ? { kind: 'guarded' }
        : metricsAccessFor(service, config.adminKeyFile),
    });
    stopOnSignals(log, () => running.stop());
    returnMemoryWhenIdle();
    const startMs = Math.round(performance.now() - startedAt);
    log.info(`listening on ${running.url}`, { url: running.url, startMs });
  } catch (error) {
    if (error instanceof ConfigError) {
      refuse(error);
      return;
    }
    log.error(`cannot start on ${config.bind}:${config.port}`, error);
    process.exit(1);
  }
}

/** The parsed configuration; undefined when the process has said all that it was started for. */
function configOfProcess<Config extends ServiceConfig>(
  definition: ConfigDefinition<Config>,
): Config | undefined {
  try {
    const args = parseServiceArguments(definition.service, process.argv.slice(2));
    const config = loadConfig(definition, { env: process.env, file: args.configFile });
    if (!args.printConfig) return config;
    process.stdout.write(`${printConfig(definition, config)}\n`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    refuse(error);
  }
  return undefined;
}

/** Says what is wrong with the configuration, and nothing else, and ends. */
function refuse(error: ConfigError): void {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}

function metricsAccessFor(service: string, keyFile: string | undefined): MetricsAccess {
  if (keyFile === undefined) return { kind: 'loopback' };
  try {
    return { kind: 'key', key: readFileSync(keyFile, 'utf8').trim() };
  } catch {
    const problem = { name: 'VIGIL_ADMIN_KEY_FILE', found: keyFile, expected: 'a readable file' };
    throw new ConfigError(service, [problem]);
  }
}
