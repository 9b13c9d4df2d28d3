import { ConfigError, type ConfigProblem } from '@vigil/config';
import { fixedPorts, readSettings, urlOf, type Settings } from './settings.js';

function settingsFrom(env: Record<string, string>): Settings {
  return readSettings({ env, workspace: '/checkout', directory: '/somewhere' });
}

function problemsOf(env: Record<string, string>): readonly ConfigProblem[] {
  try {
    settingsFrom(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('settings', () => {
  it('need no variable at all', () => {
    expect(settingsFrom({})).toMatchObject({
      home: '/checkout/.vigil',
      manifests: '/checkout/manifests',
      agentHome: '/checkout/.vigil/agent',
      bind: '127.0.0.1',
      ports: { collector: 8000, remediator: 8081, gitopsd: 8082, evaluator: 8083, agent: 9101 },
      postgresPort: undefined,
      databaseUrl: undefined,
    });
  });

  it('take relative paths from where the person is', () => {
    const settings = settingsFrom({ VIGIL_HOME: 'state', VIGIL_MANIFESTS: '../git' });
    expect(settings).toMatchObject({ home: '/somewhere/state', manifests: '/git' });
    expect(settings.agentHome).toBe('/somewhere/state/agent');
  });

  it('take an empty variable as not set', () => {
    expect(settingsFrom({ VIGIL_HOME: '', VIGIL_COLLECTOR_PORT: '' })).toEqual(settingsFrom({}));
  });

  it.each(['abc', '0', '65536', '80.5', '-1', '1e3'])('refuse %j as a port', (value) => {
    expect(problemsOf({ VIGIL_COLLECTOR_PORT: value })).toEqual([
      {
        name: 'VIGIL_COLLECTOR_PORT',
        found: JSON.stringify(value),
        expected: 'a whole number from 1 to 65535',
      },
    ]);
  });

  it.each(['s3cret', 'http://me:s3cret@a:1', 'nats://a:1,s3cret'])(
    'refuse %j as NATS_URL, and keep it to themselves',
    (value) => {
      const [problem] = problemsOf({ NATS_URL: value });
      expect(problem).toMatchObject({ name: 'NATS_URL' });
      expect(problem?.found).not.toContain('s3cret');
    },
  );

  it.each(['off', '0'])('let the agent have VIGIL_AGENT_PORT=%s', (value) => {
    expect(settingsFrom({ VIGIL_AGENT_PORT: value }).ports.agent).toBeUndefined();
  });

  it('name every wrong variable at once, also one that nobody knows', () => {
    const problems = problemsOf({ VIGIL_NATS_PORT: 'y', VIGIL_COLECTOR_PORT: '1' });
    expect(problems.map(({ name }) => name)).toEqual(['VIGIL_COLECTOR_PORT', 'VIGIL_NATS_PORT']);
  });

  it('refuse one port for two services', () => {
    expect(problemsOf({ VIGIL_EVALUATOR_PORT: '8000' })).toEqual([
      {
        name: 'VIGIL_EVALUATOR_PORT',
        found: '8000',
        expected: 'another port than that of VIGIL_COLLECTOR_PORT',
      },
    ]);
  });

  it('do not check the port of a server that is not ours', () => {
    const env = { VIGIL_POSTGRES_PORT: '8000', DATABASE_URL: 'postgres://elsewhere/vigil' };
    expect(fixedPorts(settingsFrom(env)).map(({ variable }) => variable)).not.toContain(
      'VIGIL_POSTGRES_PORT',
    );
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:8000'],
    ['0.0.0.0', 'http://127.0.0.1:8000'],
    ['::', 'http://127.0.0.1:8000'],
    ['::1', 'http://[::1]:8000'],
    ['10.1.2.3', 'http://10.1.2.3:8000'],
  ])('reach a service that listens on %s', (bind, url) => {
    expect(urlOf(settingsFrom({ VIGIL_BIND: bind }), 'collector')).toBe(url);
  });
});
