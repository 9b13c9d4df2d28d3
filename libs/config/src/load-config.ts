import { readFileSync } from 'node:fs';
import { loadAll as parseYaml } from 'js-yaml';
import { ConfigError, type ConfigProblem } from './config-error.js';
import { KNOWN_VARIABLES } from './known-variables.js';
import { nearestName } from './nearest-name.js';
import type { ConfigDefinition, Setting } from './setting.js';

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** YAML file given with `--config`. */
  readonly file?: string | undefined;
}

interface Found {
  readonly value: unknown;
  /** Where it stands, for the message about it. */
  readonly origin: string;
}

type Lookup = Found | { readonly problem: ConfigProblem } | undefined;

/**
 * Reads the configuration of a service: the environment first, then the YAML file, then the
 * `<NAME>_FILE` variant of a secret, then the default. The result is frozen.
 * @throws ConfigError naming every wrong or unknown value at once
 */
export function loadConfig<Config>(
  definition: ConfigDefinition<Config>,
  sources: ConfigSources,
): Config {
  const file = readConfigFile(definition, sources.file);
  const problems = [...unknownVariables(sources.env), ...file.problems];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(definition.settings)) {
    const found = lookUp(name, setting, sources, file.values);
    if (found === undefined) {
      if (setting.optional !== true) problems.push(missing(setting));
      continue;
    }
    if ('problem' in found) {
      problems.push(found.problem);
      continue;
    }
    const parsed = setting.schema.safeParse(found.value);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(wrongValue(setting, found));
  }
  if (problems.length > 0) throw new ConfigError(definition.service, problems);
  // the loop has put the parsed value of every setting under its name, which is what Config says
  return Object.freeze(values) as Config;
}

function lookUp(
  name: string,
  setting: Setting,
  sources: ConfigSources,
  fileValues: Readonly<Record<string, unknown>>,
): Lookup {
  const fromEnv = sources.env[setting.env];
  // an empty variable is how compose files and units say "not set"
  if (fromEnv !== undefined && fromEnv !== '') return { value: fromEnv, origin: setting.env };
  const fromFile = fileValues[name];
  if (fromFile !== undefined && fromFile !== null) {
    return { value: fromFile, origin: `${sources.file ?? 'file'}: ${name}` };
  }
  const secretFile = setting.secret === true ? sources.env[`${setting.env}_FILE`] : undefined;
  if (secretFile !== undefined && secretFile !== '') return readSecret(setting, secretFile);
  return setting.default === undefined ? undefined : { value: setting.default, origin: 'default' };
}

function readSecret(setting: Setting, path: string): Lookup {
  const origin = `${setting.env}_FILE`;
  try {
    return { value: readFileSync(path, 'utf8').trimEnd(), origin };
  } catch (error) {
    return {
      problem: { name: origin, found: `${path} (${reasonOf(error)})`, expected: 'a readable file' },
    };
  }
}

function wrongValue(setting: Setting, found: Found): ConfigProblem {
  const shown = setting.secret === true ? 'a value of another form' : JSON.stringify(found.value);
  return { name: found.origin, found: shown, expected: setting.expected };
}

function missing(setting: Setting): ConfigProblem {
  return { name: setting.env, found: 'nothing', expected: setting.expected };
}

function unknownVariables(env: ConfigSources['env']): ConfigProblem[] {
  const known = new Set<string>(KNOWN_VARIABLES);
  const isKnown = (name: string) =>
    known.has(name) || (name.endsWith('_FILE') && known.has(name.slice(0, -'_FILE'.length)));
  return Object.keys(env)
    .filter((name) => name.startsWith('VIGIL_') && !isKnown(name))
    .sort()
    .map((name) => ({ name, found: 'an unknown variable', expected: meant(name, known) }));
}

function meant(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? 'no such name' : `${nearest} (did you mean that?)`;
}

function readConfigFile(
  definition: ConfigDefinition,
  path: string | undefined,
): { values: Record<string, unknown>; problems: ConfigProblem[] } {
  if (path === undefined) return { values: {}, problems: [] };
  let content: unknown;
  try {
    // an empty file has no document; several are refused below
    const documents = parseYaml(readFileSync(path, 'utf8'));
    content = documents.length > 1 ? documents : documents[0];
  } catch (error) {
    const problem = {
      name: '--config',
      found: `${path} (${reasonOf(error)})`,
      expected: 'a readable YAML file',
    };
    return { values: {}, problems: [problem] };
  }
  if (content === undefined || content === null) return { values: {}, problems: [] };
  if (typeof content !== 'object' || Array.isArray(content)) {
    const problem = {
      name: '--config',
      found: `${path} without a mapping`,
      expected: 'name: value lines',
    };
    return { values: {}, problems: [problem] };
  }
  const names = Object.keys(definition.settings);
  const values: Record<string, unknown> = { ...content };
  const problems = Object.keys(values)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      name: `${path}: ${name}`,
      found: 'an unknown name',
      expected: meant(name, names),
    }));
  return { values, problems };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
}
