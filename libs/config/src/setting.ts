import { z } from 'zod';
import type { KnownVariable } from './known-variables.js';

/** One value that an operator can set. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly env: KnownVariable;
  /** Accepts the text of the environment and the scalar of the YAML file. */
  readonly schema: Schema;
  /** What it does, its unit, and what happens without it: one line for the documentation. */
  readonly description: string;
  /** Used when it is set nowhere, as text; absent: it has to be set, unless `optional`. */
  readonly default?: string;
  readonly optional?: boolean;
  /** Masked in `--print-config`; may be given as `<env>_FILE`, the name of a file that holds it. */
  readonly secret?: boolean;
  /** Name in the documentation for the accepted form, for example `1…65535`. */
  readonly expected: string;
}

type Shape = Readonly<Record<string, Setting>>;

type ValueOf<S extends Setting> = S extends { readonly optional: true }
  ? z.output<S['schema']> | undefined
  : z.output<S['schema']>;

type ConfigFrom<Settings extends Shape> = {
  readonly [Name in keyof Settings]: ValueOf<Settings[Name]>;
};

/** The configuration of one service: every setting under the name by which the code knows it. */
export interface ConfigDefinition<Config = unknown> {
  readonly service: string;
  readonly settings: Shape;
  /** Only for the type checker: what the settings are parsed into. Never set. */
  readonly parsed?: Config;
}

/** The parsed, frozen values of a definition. */
export type ConfigOf<Definition extends ConfigDefinition> = NonNullable<Definition['parsed']>;

/** Declares what a service reads at start. The YAML file uses the same names as the code. */
export function defineConfig<const Settings extends Shape>(
  service: string,
  settings: Settings,
): ConfigDefinition<ConfigFrom<Settings>> {
  return Object.freeze({ service, settings });
}

interface SettingOptions {
  readonly description: string;
  readonly default?: string;
  readonly optional?: boolean;
  readonly secret?: boolean;
}

type Declared<Schema extends z.ZodType, Options extends SettingOptions> = Setting<Schema> & Options;

function declare<Schema extends z.ZodType, const Options extends SettingOptions>(
  env: KnownVariable,
  schema: Schema,
  expected: string,
  options: Options,
): Declared<Schema, Options> {
  return { env, schema, expected, ...options };
}

const scalarText = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** Text that is not empty. */
export function textSetting<const Options extends SettingOptions>(
  env: KnownVariable,
  options: Options,
) {
  return declare(env, scalarText.pipe(z.string().min(1)), 'text', options);
}

/** A whole number from `min` to `max`. */
export function integerSetting<const Options extends SettingOptions>(
  env: KnownVariable,
  range: { readonly min: number; readonly max: number },
  options: Options,
) {
  const schema = scalarText
    .pipe(z.string().regex(/^-?\d+$/))
    .transform(Number)
    .pipe(z.number().int().min(range.min).max(range.max));
  return declare(env, schema, `a whole number from ${range.min} to ${range.max}`, options);
}

/** A TCP port; 0 lets the system choose one. */
export function portSetting<const Options extends SettingOptions>(
  env: KnownVariable,
  options: Options,
) {
  return integerSetting(env, { min: 0, max: 65_535 }, options);
}

/** One of the given words. */
export function choiceSetting<
  const Choices extends readonly [string, ...string[]],
  const Options extends SettingOptions,
>(env: KnownVariable, choices: Choices, options: Options) {
  return declare(env, scalarText.pipe(z.enum(choices)), `one of ${choices.join(', ')}`, options);
}

/** A URL with one of the given schemes. Credentials in it make it a secret. */
export function urlSetting<const Options extends SettingOptions>(
  env: KnownVariable,
  schemes: readonly string[],
  options: Options,
) {
  const expected = `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  const schema = z
    .string()
    .refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)));
  return declare(env, schema, expected, options);
}

/** A list of `nats://` or `tls://` servers, separated by commas, with the credentials of the first. */
export function natsUrlSetting() {
  const server = z.url({ protocol: /^(nats|tls)$/ });
  const schema = z
    .string()
    .refine((text) => text.split(',').every((part) => server.safeParse(part.trim()).success));
  return declare(
    'NATS_URL',
    schema,
    'nats://[user:password@|token@]host:port, several with commas',
    {
      description: 'NATS servers with JetStream, with credentials.',
      default: 'nats://127.0.0.1:4222',
      secret: true,
    },
  );
}

/** The PostgreSQL database of this installation. */
export function databaseUrlSetting() {
  return urlSetting('DATABASE_URL', ['postgres', 'postgresql'], {
    description: 'PostgreSQL database, with credentials.',
    secret: true,
  });
}

/** What {@link serviceSettings} are parsed into. */
export interface ServiceConfig {
  readonly port: number;
  readonly bind: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly natsUrl: string;
  readonly natsReplicas: number;
  readonly adminKeyFile: string | undefined;
}

/** The settings that every service of Vigil has; spread them into its own. */
export function serviceSettings<const Port extends Setting<z.ZodType<number>>>(port: Port) {
  return {
    port,
    bind: textSetting('VIGIL_BIND', {
      description: 'Address that the HTTP server listens on.',
      default: '127.0.0.1',
    }),
    logLevel: choiceSetting('VIGIL_LOG_LEVEL', ['debug', 'info', 'warn', 'error'], {
      description: 'The least important messages that are logged.',
      default: 'info',
    }),
    natsUrl: natsUrlSetting(),
    natsReplicas: integerSetting(
      'VIGIL_NATS_REPLICAS',
      { min: 1, max: 5 },
      {
        description:
          'Copies that a NATS cluster keeps of a stream or bucket when Vigil creates it.',
        default: '1',
      },
    ),
    adminKeyFile: textSetting('VIGIL_ADMIN_KEY_FILE', {
      description:
        'File with the admin API key. With it `GET /metrics` of a service wants this key as bearer token, without it only this machine may read them.',
      optional: true,
    }),
  } as const;
}
