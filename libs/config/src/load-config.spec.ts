import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, type ConfigProblem } from './config-error.js';
import { describeConfig, printConfig } from './describe-config.js';
import { loadConfig, type ConfigSources } from './load-config.js';
import {
  choiceSetting,
  databaseUrlSetting,
  defineConfig,
  natsUrlSetting,
  portSetting,
  textSetting,
} from './setting.js';

const definition = defineConfig('example', {
  port: portSetting('VIGIL_EVALUATOR_PORT', { description: 'Port.', default: '8083' }),
  level: choiceSetting('VIGIL_LOG_LEVEL', ['debug', 'info'], {
    description: 'Level.',
    default: 'info',
  }),
  manifests: textSetting('VIGIL_MANIFESTS', { description: 'Where.', optional: true }),
  databaseUrl: databaseUrlSetting(),
});

const DATABASE_URL = 'postgres://vigil:hunter2@db/vigil';

function problemsOf(sources: ConfigSources): readonly ConfigProblem[] {
  try {
    loadConfig(definition, sources);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vigil-config-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  const file = (name: string, content: string): string => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };

  it('uses defaults, leaves optional values out, and freezes the result', () => {
    const config = loadConfig(definition, { env: { DATABASE_URL } });
    expect(config).toEqual({ port: 8083, level: 'info', databaseUrl: DATABASE_URL });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('takes the environment before the file before the secret file before the default', () => {
    const secret = file('secret', `${DATABASE_URL}\n`);
    const yaml = file('a.yaml', 'port: 1\nlevel: debug\n');
    const env = { VIGIL_EVALUATOR_PORT: '2', DATABASE_URL_FILE: secret };
    expect(loadConfig(definition, { env, file: yaml })).toEqual({
      port: 2,
      level: 'debug',
      databaseUrl: DATABASE_URL,
    });
    const both = file('b.yaml', 'databaseUrl: postgres://from-yaml/x\n');
    expect(loadConfig(definition, { env, file: both }).databaseUrl).toBe('postgres://from-yaml/x');
  });

  it('takes an empty variable for one that is not set', () => {
    const env = { DATABASE_URL, VIGIL_EVALUATOR_PORT: '' };
    expect(loadConfig(definition, { env }).port).toBe(8083);
  });

  it('leaves alone what is meant for other services and other programs', () => {
    const env = { DATABASE_URL, VIGIL_COLLECTOR_PORT: 'not ours', PATH: '/bin', VIGILANT: '1' };
    expect(problemsOf({ env })).toEqual([]);
  });

  it.each<[string, Record<string, string>, ConfigProblem]>([
    [
      'a missing value',
      { DATABASE_URL: '' },
      {
        name: 'DATABASE_URL',
        found: 'nothing',
        expected: 'a URL that begins with postgres:// or postgresql://',
      },
    ],
    [
      'a wrong number',
      { VIGIL_EVALUATOR_PORT: '99999' },
      {
        name: 'VIGIL_EVALUATOR_PORT',
        found: '"99999"',
        expected: 'a whole number from 0 to 65535',
      },
    ],
    [
      'a wrong word',
      { VIGIL_LOG_LEVEL: 'loud' },
      { name: 'VIGIL_LOG_LEVEL', found: '"loud"', expected: 'one of debug, info' },
    ],
    [
      'a wrong secret, without showing it',
      { DATABASE_URL: 'mysql://root:hunter2@db' },
      {
        name: 'DATABASE_URL',
        found: 'a value of another form',
        expected: 'a URL that begins with postgres:// or postgresql://',
      },
    ],
    [
      'an unknown variable',
      { VIGIL_EVALUATR_PORT: '1' },
      {
        name: 'VIGIL_EVALUATR_PORT',
        found: 'an unknown variable',
        expected: 'VIGIL_EVALUATOR_PORT (did you mean that?)',
      },
    ],
    [
      'an unknown variable that is like no other',
      { VIGIL_ZZZZZZZZZZZZZZZ: '1' },
      { name: 'VIGIL_ZZZZZZZZZZZZZZZ', found: 'an unknown variable', expected: 'no such name' },
    ],
  ])('refuses %s', (_name, env, problem) => {
    expect(problemsOf({ env: { DATABASE_URL, ...env } })).toEqual([problem]);
  });

  it('names everything that is wrong at once', () => {
    const problems = problemsOf({ env: { VIGIL_LOG_LEVEL: 'x', VIGIL_EVALUATOR_PORT: 'y' } });
    expect(problems.map(({ name }) => name)).toEqual([
      'VIGIL_EVALUATOR_PORT',
      'VIGIL_LOG_LEVEL',
      'DATABASE_URL',
    ]);
  });

  it.each<[string, string, RegExp]>([
    ['a name that is not known', 'prot: 1', /prot: found an unknown name, expected port/],
    ['a wrong value', 'port: many', /port: found "many", expected a whole number/],
    ['a list', '- 1', /without a mapping/],
    ['two documents', 'port: 1\n---\nport: 2', /without a mapping/],
    ['broken YAML', 'a: [', /expected a readable YAML file/],
  ])('refuses a file with %s', (_name, content, message) => {
    const path = file('wrong.yaml', content);
    expect(() => loadConfig(definition, { env: { DATABASE_URL }, file: path })).toThrow(message);
  });

  it('refuses files that are not there', () => {
    expect(problemsOf({ env: { DATABASE_URL }, file: '/nowhere.yaml' })[0]?.name).toBe('--config');
    expect(problemsOf({ env: { DATABASE_URL_FILE: '/nowhere' } })[0]).toMatchObject({
      name: 'DATABASE_URL_FILE',
      expected: 'a readable file',
    });
  });

  it('accepts an empty file', () => {
    const path = file('empty.yaml', '# nothing yet\n');
    expect(loadConfig(definition, { env: { DATABASE_URL }, file: path }).port).toBe(8083);
  });

  it.each([
    ['nats://127.0.0.1:4222', true],
    ['nats://user:p%40ss@a:4222, nats://b:4222', true],
    ['tls://token@nats.example.org', true],
    ['http://127.0.0.1', false],
    ['127.0.0.1:4222', false],
    ['nats://a,', false],
  ])('reads NATS_URL %s: %s', (url, valid) => {
    expect(natsUrlSetting().schema.safeParse(url).success).toBe(valid);
  });
});

describe('what is shown of a configuration', () => {
  it('masks secrets', () => {
    const config = loadConfig(definition, { env: { DATABASE_URL } });
    expect(printConfig(definition, config).split('\n')).toEqual([
      'VIGIL_EVALUATOR_PORT=8083',
      'VIGIL_LOG_LEVEL=info',
      'VIGIL_MANIFESTS=',
      'DATABASE_URL=********',
    ]);
  });

  it('describes every setting', () => {
    expect(describeConfig(definition).at(-1)).toEqual({
      service: 'example',
      name: 'databaseUrl',
      env: 'DATABASE_URL',
      expected: 'a URL that begins with postgres:// or postgresql://',
      default: undefined,
      required: true,
      secret: true,
      description: 'PostgreSQL database, with credentials.',
    });
  });
});
