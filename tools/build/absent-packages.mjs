import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Drivers and plugins that Nest imports only when they are asked for. Nobody has asked: such an import
 * stays an import, and fails at run time as Nest expects. (A resolver that tries each import would find
 * them by itself, and take a third of the build's time.)
 */
const OPTIONAL = [
  '@fastify/multipart',
  '@fastify/static',
  '@fastify/view',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'amqp-connection-manager',
  'class-transformer',
  'class-validator',
  'ioredis',
  'kafkajs',
  'mqtt',
  'pg-native',
];

/**
 * Installed, but loaded by Fastify only for what no service does: schemas on routes (libs/service gives
 * it other compilers), and requests that tests inject. A megabyte of code.
 */
const NOT_CALLED = [
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  'light-my-request',
];

/** Packages that stay out of the bundle; of the optional ones those that are not installed. */
export function absentPackages(workspace) {
  const absent = OPTIONAL.filter((name) => !existsSync(join(workspace, 'node_modules', name)));
  return [...absent, ...NOT_CALLED].flatMap((name) => [name, `${name}/*`]);
}
