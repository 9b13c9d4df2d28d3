import { z } from 'zod';
import type { HealthCheck, Port } from '../service.js';
import { argv } from './argv.js';
import { duration, matching, wholeNumber } from './fields.js';

const port = () => wholeNumber(1, 65_535, 'a port');
const command = () => argv('the command of the check as a list, such as [pg_isready, -q]');

/** The form that people write. Exactly one of `endpoint`, `tcp` and `exec` says what is checked. */
export const AuthoredHealthCheck = z.strictObject({
  endpoint: matching(/^\/[^\s]*$/, 'a path that starts with "/", such as /health').optional(),
  port: port().optional(),
  tcp: z
    .union([port(), z.strictObject({ port: port() })], { error: 'a port, such as tcp: 5432' })
    .optional(),
  exec: z
    .union([command(), z.strictObject({ command: command() })], {
      error: 'a command as a list, such as exec: [pg_isready, -q]',
    })
    .optional(),
  interval: duration(10).prefault('30s'),
  timeout: duration(1).prefault('5s'),
  retryInterval: duration(10).optional(),
  failureThreshold: wholeNumber(1, 1_000).default(3),
  startPeriod: duration().prefault('30s'),
});
export type AuthoredHealthCheck = z.output<typeof AuthoredHealthCheck>;

/** Least time between a failed attempt and the next one, unless the manifest says otherwise. */
const MIN_RETRY_INTERVAL_MS = 250;

/** What is wrong with a check as a whole; undefined when {@link toHealthCheck} can read it. */
export function healthCheckProblem(
  check: AuthoredHealthCheck,
  ports: readonly Port[],
): { field: 'port' | undefined; message: string } | undefined {
  const kinds = (['endpoint', 'tcp', 'exec'] as const).filter((kind) => check[kind] !== undefined);
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? 'none of them' : kinds.join(' and ');
    return {
      field: undefined,
      message: `found ${found}, expected exactly one of endpoint (HTTP), tcp and exec`,
    };
  }
  if (check.endpoint === undefined && check.port !== undefined) {
    return {
      field: 'port',
      message: 'found a port without endpoint, expected it only with HTTP checks',
    };
  }
  if (check.endpoint !== undefined && check.port === undefined && !ports.some(isTcp)) {
    return {
      field: 'port',
      message: 'found nothing, expected the port of the endpoint (there is none in ports either)',
    };
  }
  return undefined;
}

/** The canonical form. An HTTP check without a port uses the first one of `ports` that is TCP. */
export function toHealthCheck(
  check: AuthoredHealthCheck,
  ports: readonly Port[],
): HealthCheck | undefined {
  const timing = {
    intervalMs: check.interval,
    timeoutMs: check.timeout,
    retryIntervalMs: check.retryInterval ?? defaultRetryInterval(check.interval),
    failureThreshold: check.failureThreshold,
    startPeriodMs: check.startPeriod,
  };
  if (check.exec !== undefined) {
    const words = Array.isArray(check.exec) ? check.exec : check.exec.command;
    return { kind: 'exec', command: words, ...timing };
  }
  if (check.tcp !== undefined) {
    const number = typeof check.tcp === 'number' ? check.tcp : check.tcp.port;
    return { kind: 'tcp', port: number, ...timing };
  }
  const httpPort = check.port ?? ports.find(isTcp)?.port;
  if (check.endpoint === undefined || httpPort === undefined) return undefined;
  return { kind: 'http', endpoint: check.endpoint, port: httpPort, ...timing };
}

function isTcp({ protocol }: Port): boolean {
  return protocol !== 'udp';
}

/** A third of the interval, at least 250 ms, and never longer than the interval itself. */
export function defaultRetryInterval(intervalMs: number): number {
  return Math.min(intervalMs, Math.max(MIN_RETRY_INTERVAL_MS, Math.round(intervalMs / 3)));
}
