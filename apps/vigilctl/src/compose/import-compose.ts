import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { basename, resolve } from 'node:path';
import { draft, filesOf, readDrafts, type Imported } from '../importing/imported.js';
import { isRenamed, type Note } from '../importing/note.js';
import { resourceName } from '../importing/resource-name.js';
import { specOf, type ServiceContext } from './compose-service.js';
import { expandVariables, UnresolvedVariable } from './expand-variables.js';
import { Field } from './field.js';
import { readVariables } from './variables-file.js';

export interface ComposeSource {
  readonly text: string;
  /** Where the file is: relative paths begin there, and it names the project. */
  readonly directory: string;
  /** Before those of `.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file; undefined when there is none. */
  readonly read: (path: string) => string | undefined;
  readonly project?: string | undefined;
  /** The host that runs the project; else any host may be chosen. */
  readonly host?: string | undefined;
  /** What is between the parts of a container's name: `-`, or `_` as Compose 1 has it. */
  readonly separator: '-' | '_';
}

/** Manifests of the services of a Compose file, which take over the containers that Compose has made. */
export function importCompose(source: ComposeSource): Imported {
  const notes: Note[] = [];
  const dotEnv = source.read(resolve(source.directory, '.env')) ?? '';
  const variables = { ...Object.fromEntries(readVariables(dotEnv)), ...source.env };
  const file = new Field(
    expanded(load(source.text, { schema: SCHEMA }), variables, notes),
    '',
    notes,
  );
  for (const [key, field] of file.entries()) {
    if (!READ.has(key) && !key.startsWith('x-')) field.warn('is not read');
  }
  const project = projectName(source, file, variables);
  const context = contextOf(source, file, project, variables);
  const namespace = resourceName(project);
  const drafts = file
    .get('services')
    .entries()
    .flatMap(([name, service]) => {
      const profiles = service.get('profiles');
      profiles.warn('a service of a profile is not imported');
      if (!profiles.isAbsent) return [];
      const plain = resourceName(name);
      if (plain !== name) service.warn(isRenamed(name, plain));
      const spec = specOf(name, service, context);
      const placement =
        source.host === undefined
          ? {}
          : { placement: { hosts: { matchLabels: { host: source.host } } } };
      return [draft('Service', { name: plain, namespace }, { ...spec, ...placement })];
    });
  if (drafts.length === 0) file.get('services').error('found no service, expected one at least');
  if (source.host !== undefined) {
    drafts.push(draft('Host', { name: source.host }, { labels: { host: source.host } }));
  }
  return { files: filesOf(readDrafts(drafts, notes)), notes };
}

const SCHEMA = CORE_SCHEMA.withTags(mergeTag);
const READ = new Set(['services', 'networks', 'volumes', 'name', 'version']);

/** Every text with its variables filled in; names of fields are left as they are. */
function expanded(
  value: unknown,
  variables: Readonly<Record<string, string | undefined>>,
  notes: Note[],
  place = '',
): unknown {
  const inside = (key: string | number) => (place === '' ? `${key}` : `${place}.${key}`);
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => expanded(item, variables, notes, inside(index)));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        expanded(item, variables, notes, inside(key)),
      ]),
    );
  }
  if (typeof value !== 'string') return value;
  try {
    return expandVariables(value, variables, (name) => {
      notes.push({ severity: 'warning', place, message: `${name} has no value: it is empty` });
    });
  } catch (error) {
    if (!(error instanceof UnresolvedVariable)) throw error;
    notes.push({ severity: 'error', place, message: error.message });
    return '';
  }
}

function projectName(
  { project, directory }: ComposeSource,
  file: Field,
  variables: Readonly<Record<string, string | undefined>>,
): string {
  const named = project ?? variables['COMPOSE_PROJECT_NAME'] ?? file.get('name').text();
  const name = named === '' ? basename(resolve(directory)) : named;
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}

function contextOf(
  { directory, read, separator }: ComposeSource,
  file: Field,
  project: string,
  variables: Readonly<Record<string, string | undefined>>,
): ServiceContext {
  const nameIn = (section: string) => (name: string) => {
    const declared = file.get(section).get(name);
    const external = declared.get('external');
    const given = [declared.get('name'), external.get('name')].find((field) => !field.isAbsent);
    if (given !== undefined) return given.text();
    return external.isText && external.flag() ? name : `${project}_${name}`;
  };
  return {
    directory,
    networkName: nameIn('networks'),
    volumeName: nameIn('volumes'),
    builtImage: (service) => `${project}${separator}${service}`,
    containerNames: (service, count) =>
      Array.from({ length: count }, (_, index) =>
        [project, service, String(index + 1)].join(separator),
      ),
    reference: (service) => `${resourceName(project)}/${resourceName(service)}`,
    inherited: (name) => variables[name],
    envFile: (field) =>
      field.list().flatMap((each) => {
        const path = each.isText ? each : each.get('path');
        const text = read(resolve(directory, path.text()));
        const required =
          each.isText || each.get('required').isAbsent || each.get('required').flag();
        if (text === undefined && required) path.error(`there is no file ${path.text()}`);
        const entries = [...readVariables(text ?? '')];
        return entries.flatMap(([name, given]) => {
          const value = given ?? variables[name];
          return value === undefined ? [] : [[name, value] as const];
        });
      }),
  };
}
