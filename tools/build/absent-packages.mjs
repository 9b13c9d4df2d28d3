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

/** Those of them that are not installed: what is installed belongs into the bundle. */
export function absentPackages(workspace) {
  return OPTIONAL.filter((name) => !existsSync(join(workspace, 'node_modules', name))).flatMap(
    (name) => [name, `${name}/*`],
  );
}
