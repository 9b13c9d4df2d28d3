import { ConfigError, loadConfig, printConfig } from '@vigil/config';
import { temporaryDirectory } from '@vigil/testkit';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentConfig, allowedOperations, portRangeOf } from './config.js';

const load = (env: Record<string, string>, file?: string) => loadConfig(agentConfig, { env, file });

function problemOf(env: Record<string, string>): string {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('agent configuration', () => {
  it('works without any', () => {
    expect(load({})).toMatchObject({
      collectorUrl: 'http://127.0.0.1:8000',
      vigilHome: '.vigil',
      port: 9101,
      metricsIntervalMs: 10_000,
      spoolBytes: 1024 ** 3,
      spoolAgeMs: 7 * 86_400_000,
      outputBytes: 10 * 1024 ** 2,
    });
  });

  it('comes from a YAML file, and the environment wins', () => {
    const file = join(temporaryDirectory(), 'agent.yaml');
    writeFileSync(
      file,
      'host: web-1\nport: 0\nmetricsIntervalMs: 250ms\nallowedActions: [start, stop]\nspoolBytes: 64Mi\n',
    );
    const config = load({ VIGIL_METRICS_INTERVAL: '1s' }, file);
    expect(config).toMatchObject({ host: 'web-1', port: 0, metricsIntervalMs: 1_000 });
    expect(config.spoolBytes).toBe(64 * 1024 ** 2);
    expect([...allowedOperations(config)]).toEqual(['start', 'stop']);
  });

  it.each([
    ['VIGIL_COLLECTOR_URL', 'ftp://x'],
    ['VIGIL_AGENT_HOST', 'not a name'],
    ['VIGIL_AGENT_PORT', '70000'],
    ['VIGIL_AGENT_PORT', '-1'],
    ['VIGIL_METRICS_INTERVAL', '10'],
    ['VIGIL_METRICS_INTERVAL', '1ms'],
    ['VIGIL_SPOOL_SIZE', '1Mi'],
    ['VIGIL_SPOOL_SIZE', 'much'],
    ['VIGIL_SPOOL_AGE', '400d'],
    ['VIGIL_ALLOWED_ACTIONS', 'start,reboot'],
    ['VIGIL_PORT_RANGE', '3000'],
    ['VIGIL_PORT_RANGE', '3000-70000'],
    ['VIGIL_OUTPUT_SIZE', '1'],
    ['VIGIL_LOG_LEVEL', 'loud'],
  ])('names a wrong %s: %s', (name, value) => {
    expect(problemOf({ [name]: value })).toContain(`${name}: found "${value}", expected `);
  });

  it.each([
    ['start', ['start']],
    [' restart , start ', ['start', 'restart']],
    ['none', []],
  ])('allows by %j', (text, operations) => {
    const allowed = allowedOperations(load({ VIGIL_ALLOWED_ACTIONS: text }));
    expect([...allowed]).toEqual(operations);
  });

  it('can do without a port', () => {
    expect(load({ VIGIL_AGENT_PORT: 'off' }).port).toBeUndefined();
  });

  it('reads a range of ports', () => {
    expect(portRangeOf(load({ VIGIL_PORT_RANGE: '30000-30999' }).portRange)).toEqual({
      from: 30_000,
      to: 30_999,
    });
  });

  it('is shown without its secret', () => {
    const text = printConfig(agentConfig, load({ VIGIL_ENROLL_TOKEN: 'very-secret' }));
    expect(text).toContain('VIGIL_ENROLL_TOKEN=********');
    expect(text).not.toContain('very-secret');
  });
});
