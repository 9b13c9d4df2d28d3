import { homeLayout } from './home.js';
import { serviceProcess, type ServiceContext } from './services.js';
import { readSettings, SERVICE_NAMES, type ServiceName } from './settings.js';
import type { ProcessSpec } from './supervised-process.js';

function processOf(
  name: ServiceName,
  env: Record<string, string> = {},
  enrolToken?: string,
): ProcessSpec {
  const context: ServiceContext = {
    settings: readSettings({ env, workspace: '/checkout', directory: '/checkout' }),
    home: homeLayout('/checkout/.vigil'),
    identity: { instance: 'i', adminKey: 'k', postgresPassword: 'p', natsPassword: 'n' },
    connections: { databaseUrl: 'postgres://db', natsUrl: 'nats://bus' },
    env,
    ...(enrolToken === undefined ? {} : { enrolToken }),
  };
  return serviceProcess(name, context);
}

const environmentOf = (...service: Parameters<typeof processOf>): NodeJS.ProcessEnv =>
  processOf(...service).env;

describe('the process of a service', () => {
  it('may give memory back', () => {
    expect(processOf('evaluator').args).toEqual([
      '--expose-gc',
      '/checkout/dist/apps/evaluator/main.js',
    ]);
  });
});

describe('the environment of a service', () => {
  it('keeps the database, the bus and the keys from the agent', () => {
    const env = environmentOf(
      'agent',
      { DATABASE_URL: 'postgres://x', NATS_URL: 'nats://y', VIGIL_KEY: 'z' },
      'token',
    );
    expect(Object.keys(env).filter((name) => /URL|KEY/.test(name))).toEqual([
      'VIGIL_COLLECTOR_URL',
    ]);
    expect(env['VIGIL_ENROLL_TOKEN']).toBe('token');
  });

  it('lets the agent take a way of its own to the collector, when it is given one', () => {
    const env = environmentOf('agent', { VIGIL_COLLECTOR_URL: 'http://proxy:1' });
    expect(env['VIGIL_COLLECTOR_URL']).toBe('http://proxy:1');
  });

  it('gives the signing key to the remediator alone', () => {
    const holders = SERVICE_NAMES.filter(
      (name) => environmentOf(name)['VIGIL_COMMAND_SIGNING_KEY_FILE'] !== undefined,
    );
    expect(holders).toEqual(['remediator']);
  });

  it('says which port, where the manifests are and that repairs are automatic', () => {
    expect(environmentOf('gitopsd')).toMatchObject({
      VIGIL_GITOPSD_PORT: '8082',
      VIGIL_MANIFESTS: '/checkout/manifests',
      VIGIL_MODE: 'auto',
      DATABASE_URL: 'postgres://db',
    });
  });

  it.each([
    ['observe', 'observe'],
    ['', 'auto'],
  ])('with VIGIL_MODE=%j runs in mode %s', (given, mode) => {
    expect(environmentOf('remediator', { VIGIL_MODE: given })['VIGIL_MODE']).toBe(mode);
  });

  it('leaves what belongs to npm behind', () => {
    const env = environmentOf('collector', {
      npm_lifecycle_event: 'start',
      INIT_CWD: '/',
      TZ: 'UTC',
    });
    expect(env).not.toHaveProperty('npm_lifecycle_event');
    expect(env).not.toHaveProperty('INIT_CWD');
    expect(env).toHaveProperty('TZ', 'UTC');
  });
});
