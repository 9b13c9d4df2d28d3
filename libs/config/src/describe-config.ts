import type { ConfigDefinition } from './setting.js';

/** One row of `docs/configuration.md` and of `.env.example`. */
export interface SettingDescription {
  readonly service: string;
  readonly name: string;
  readonly env: string;
  readonly expected: string;
  readonly default: string | undefined;
  readonly required: boolean;
  readonly secret: boolean;
  readonly description: string;
}

/** What a service can be told, in the order in which it declares it. */
export function describeConfig(definition: ConfigDefinition): SettingDescription[] {
  return Object.entries(definition.settings).map(([name, setting]) => ({
    service: definition.service,
    name,
    env: setting.env,
    expected: setting.expected,
    default: setting.default,
    required: setting.default === undefined && setting.optional !== true,
    secret: setting.secret === true,
    description: setting.description,
  }));
}

/** `NAME=value` lines for `--print-config`, secrets masked. */
export function printConfig<Config extends object>(
  definition: ConfigDefinition<Config>,
  config: Config,
): string {
  const values = new Map<string, unknown>(Object.entries(config));
  return Object.entries(definition.settings)
    .map(([name, setting]) => {
      const value = values.get(name);
      const shown = value === undefined ? '' : setting.secret === true ? '********' : textOf(value);
      return `${setting.env}=${shown}`;
    })
    .join('\n');
}

/** As it would be written into the environment. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
