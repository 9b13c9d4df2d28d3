import { metricsVerdict, type MetricsAccess } from './metrics-access.js';

const LOOPBACK: MetricsAccess = { kind: 'loopback' };
const KEY: MetricsAccess = { kind: 'key', key: 'k-1' };

describe('who may read the metrics', () => {
  it.each<[MetricsAccess, string | undefined, Record<string, string>, number]>([
    [LOOPBACK, '127.0.0.1', {}, 200],
    [LOOPBACK, '127.8.8.8', {}, 200],
    [LOOPBACK, '::1', {}, 200],
    [LOOPBACK, '::ffff:127.0.0.1', {}, 200],
    [LOOPBACK, '10.0.0.1', {}, 403],
    [LOOPBACK, '::ffff:10.0.0.1', {}, 403],
    [LOOPBACK, '127.evil.example', {}, 403],
    [LOOPBACK, undefined, {}, 403],
    [LOOPBACK, '127.0.0.1', { 'x-forwarded-for': '8.8.8.8' }, 403],
    [LOOPBACK, '127.0.0.1', { forwarded: 'for=8.8.8.8' }, 403],
    [KEY, '10.0.0.1', { authorization: 'Bearer k-1' }, 200],
    [KEY, '10.0.0.1', { authorization: 'bearer  k-1' }, 200],
    [KEY, '127.0.0.1', {}, 401],
    [KEY, '127.0.0.1', { authorization: 'Bearer k-2' }, 401],
    [KEY, '127.0.0.1', { authorization: 'Bearer k-1 k-2' }, 401],
    [KEY, '127.0.0.1', { authorization: 'Basic k-1' }, 401],
    [{ kind: 'guarded' }, '10.0.0.1', {}, 200],
  ])('%j from %s with %j: %d', (access, remoteAddress, headers, verdict) => {
    expect(metricsVerdict(access, { remoteAddress, headers })).toBe(verdict);
  });
});
