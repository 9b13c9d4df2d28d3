import { formatBytes, formatCpu } from '@vigil/manifests';
import { hasSecretWord, IN_CLEAR, secretNames } from '../importing/in-clear.js';
import { RESTART_POLICY_CHANGES, UNSAYABLE } from '../importing/note.js';
import type { Field } from './field.js';
import { healthCheckOf } from './health-check.js';
import { portsOf } from './ports.js';
import { shellWords } from './shell-words.js';
import { composeBytes, composeDuration } from './units.js';
import { volumesOf, type VolumeContext } from './volumes.js';

/** What the rest of the project says about its services. */
export interface ServiceContext extends VolumeContext {
  /** The engine's name of a network that the project declares. */
  readonly networkName: (name: string) => string;
  /** The image that Compose builds for a service which names none. */
  readonly builtImage: (service: string) => string;
  /** The containers of a service that Compose names itself. */
  readonly containerNames: (service: string, count: number) => string[];
  /** A service as other manifests refer to it. */
  readonly reference: (service: string) => string;
  /** Variables of `env_file`. */
  readonly envFile: (field: Field) => readonly (readonly [string, string])[];
  /** A variable that the file leaves to the environment. */
  readonly inherited: (name: string) => string | undefined;
}

type Spec = Record<string, unknown>;
type Translation = (field: Field, service: Field, context: ServiceContext, name: string) => Spec;

/** The `spec` of a manifest, as people write it. Whatever it cannot say is noted. */
export function specOf(name: string, service: Field, context: ServiceContext): Spec {
  for (const [key, field] of service.entries()) {
    if (!(key in TRANSLATIONS) && !USED_ELSEWHERE.has(key) && !key.startsWith('x-')) {
      if (key === 'extends')
        field.error('is not followed: import what `docker compose config` prints');
      else field.warn(UNSAYABLE);
    }
  }
  const spec: Spec = { runtime: 'docker' };
  for (const [key, translate] of Object.entries(TRANSLATIONS)) {
    for (const [field, value] of Object.entries(
      translate(service.get(key), service, context, name),
    )) {
      if (value !== undefined) spec[field] = value;
    }
  }
  return { ...spec, remediation: { mode: 'observe' } };
}

/** Read together with another key. */
const USED_ELSEWHERE = new Set(['env_file', 'cpus', 'mem_limit', 'scale', 'network_mode', 'build']);

const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  image: imageOf,
  container_name: adoptionOf,
  command: (field) => ({ command: wordsOf(field) }),
  entrypoint: (field) => ({ entrypoint: wordsOf(field) }),
  environment: environmentOf,
  ports: (field) => ({ ports: someOf(portsOf(field)) }),
  volumes: (field, _service, context) => ({ volumes: someOf(volumesOf(field, context)) }),
  networks: networksOf,
  user: (field) => ({ user: textOf(field) }),
  working_dir: (field) => ({ workingDir: textOf(field) }),
  labels: (field) => ({ labels: labelsOf(field) }),
  cap_add: (field, service) => ({ capabilities: capabilitiesOf(field, service.get('cap_drop')) }),
  cap_drop: () => ({}),
  read_only: (field) => ({ readOnly: field.isAbsent ? undefined : field.flag() }),
  logging: loggingOf,
  deploy: resourcesOf,
  healthcheck: (field) => ({ healthCheck: healthCheckOf(field) }),
  depends_on: dependenciesOf,
  restart: restartOf,
  stop_grace_period: (field) => ({
    stopGracePeriod: field.isAbsent ? undefined : composeDuration(field),
  }),
  pull_policy: pullPolicyOf,
};

function imageOf(field: Field, service: Field, context: ServiceContext, name: string): Spec {
  const build = service.get('build');
  build.warn('a manifest builds nothing: the image has to be there, or in a registry');
  if (field.isAbsent && build.isAbsent) field.error('found nothing, expected image or build');
  return { image: field.isAbsent ? context.builtImage(name) : field.text() };
}

function adoptionOf(field: Field, service: Field, context: ServiceContext, name: string): Spec {
  const [scale, replicas] = [service.get('scale'), service.get('deploy').get('replicas')];
  const given = scale.isAbsent ? replicas : scale;
  const count = given.isAbsent ? 1 : Number(given.text());
  const adopt = field.isAbsent ? context.containerNames(name, count) : [field.text()];
  return { replicas: count, adopt: someOf(adopt) };
}

function wordsOf(field: Field): string[] | undefined {
  if (field.isAbsent) return undefined;
  const words = field.isText ? shellWords(field.text()) : field.list().map((word) => word.text());
  if (hasSecretWord(words)) field.warn(IN_CLEAR);
  return someOf(words);
}

/** Not of what only names the file of one. */
const LIKE_A_SECRET = /(?:PASS|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY)(?!.*_FILE$)/i;

function environmentOf(field: Field, service: Field, context: ServiceContext): Spec {
  const env = Object.fromEntries(context.envFile(service.get('env_file')));
  for (const [name, given] of field.pairs()) {
    const value = given ?? context.inherited(name);
    if (value !== undefined) env[name] = value;
  }
  for (const [name, value] of Object.entries(env)) {
    if (!LIKE_A_SECRET.test(name) && secretNames({ [name]: value }).length === 0) continue;
    const from = field.isAbsent ? service.get('env_file') : field;
    from.warn(
      `${name} stands in the manifest in clear: before it goes to Git, put it into a file on the host and name that by secretRef`,
    );
  }
  return { env: Object.keys(env).length === 0 ? undefined : env };
}

function networksOf(field: Field, service: Field, context: ServiceContext, name: string): Spec {
  const mode = service.get('network_mode');
  if (!mode.isAbsent) {
    if (['host', 'none', 'bridge'].includes(mode.text())) return { networks: [mode.text()] };
    mode.warn(UNSAYABLE);
    return {};
  }
  if (field.isAbsent) return { networks: [context.networkName('default')] };
  if (field.isList)
    return { networks: field.list().map((each) => context.networkName(each.text())) };
  for (const [, options] of field.entries()) {
    for (const [key, option] of options.entries()) {
      const others = option.list().filter((alias) => alias.text() !== name);
      if (key !== 'aliases') option.warn(UNSAYABLE);
      for (const alias of key === 'aliases' ? others : []) alias.warn(UNSAYABLE);
    }
  }
  return { networks: field.entries().map(([each]) => context.networkName(each)) };
}

function labelsOf(field: Field): Spec | undefined {
  const labels = plainPairs(field);
  return Object.keys(labels).length === 0 ? undefined : labels;
}

function capabilitiesOf(add: Field, drop: Field): Spec | undefined {
  const names = (field: Field) => someOf(field.list().map((name) => name.text().toUpperCase()));
  if (add.isAbsent && drop.isAbsent) return undefined;
  return { add: names(add), drop: names(drop) };
}

function loggingOf(field: Field): Spec {
  const driver = field.get('driver');
  if (field.isAbsent) return {};
  if (driver.isAbsent) {
    field.warn('a manifest names the driver with its options: it is left out');
    return {};
  }
  return { logging: { driver: driver.text(), options: plainPairs(field.get('options')) } };
}

/** Pairs that stand in the manifest as they are. */
function plainPairs(field: Field): Record<string, string> {
  const pairs = Object.fromEntries(field.pairs().map(([name, value]) => [name, value ?? '']));
  for (const name of secretNames(pairs)) field.warn(`${name} ${IN_CLEAR}`);
  return pairs;
}

/** Also `mem_limit` and `cpus`, which say the same. */
function resourcesOf(field: Field, service: Field): Spec {
  for (const [key, item] of field.entries()) {
    if (key !== 'replicas' && key !== 'resources') item.warn(UNSAYABLE);
  }
  for (const [key, item] of field.get('resources').entries()) {
    if (key !== 'limits') item.warn(UNSAYABLE);
  }
  const limits = field.get('resources').get('limits');
  for (const [key, item] of limits.entries()) {
    if (key !== 'cpus' && key !== 'memory') item.warn(UNSAYABLE);
  }
  const one = (first: Field, second: Field) => (first.isAbsent ? second : first);
  const cpus = one(limits.get('cpus'), service.get('cpus'));
  const memory = one(limits.get('memory'), service.get('mem_limit'));
  if (cpus.isAbsent && memory.isAbsent) return {};
  return {
    resources: {
      ...(cpus.isAbsent ? {} : { cpu: formatCpu(Number(cpus.text())) }),
      ...(memory.isAbsent ? {} : { memory: formatBytes(composeBytes(memory)) }),
    },
  };
}

function dependenciesOf(field: Field, _service: Field, context: ServiceContext): Spec {
  for (const [, options] of field.entries()) {
    for (const [key, option] of options.entries()) {
      const isPlain = key === 'condition' && option.text() === 'service_started';
      if (!isPlain && !(key === 'required' && option.flag())) option.warn(UNSAYABLE);
    }
  }
  const names = field.isList
    ? field.list().map((each) => each.text())
    : field.entries().map(([each]) => each);
  return { dependsOn: someOf(names.map((each) => context.reference(each))) };
}

function restartOf(field: Field): Spec {
  if (!field.isAbsent && !['always', 'unless-stopped'].includes(field.text())) {
    field.warn(RESTART_POLICY_CHANGES);
  }
  return {};
}

const PULL_POLICIES: Readonly<Record<string, string>> = {
  always: 'Always',
  never: 'Never',
  build: 'Never',
  missing: 'IfNotPresent',
  if_not_present: 'IfNotPresent',
};

function pullPolicyOf(field: Field): Spec {
  if (field.isAbsent) return {};
  const pullPolicy = PULL_POLICIES[field.text()];
  if (pullPolicy === undefined) field.warn(UNSAYABLE);
  return { pullPolicy };
}

function textOf(field: Field): string | undefined {
  return field.isAbsent ? undefined : field.text();
}

function someOf<T>(items: T[]): T[] | undefined {
  return items.length === 0 ? undefined : items;
}
