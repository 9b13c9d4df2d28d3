import { ConfigError, loadConfig } from '@vigil/config';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { launcherConfig } from './config.js';

/** The processes of Vigil itself; the order is the one in which they are named to people. */
export const SERVICE_NAMES = ['collector', 'gitopsd', 'evaluator', 'remediator', 'agent'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

export interface Settings {
  /** The checkout. */
  readonly workspace: string;
  /** All state of this installation: VIGIL_HOME. */
  readonly home: string;
  readonly manifests: string;
  readonly agentHome: string;
  readonly agentHost: string;
  /** Address that the services listen on. */
  readonly bind: string;
  /** Undefined for an agent that has none, or chooses one itself. */
  readonly ports: Readonly<Record<ServiceName, number | undefined>>;
  /** Given: the embedded server uses this port; absent: one that is free, remembered. */
  readonly postgresPort: number | undefined;
  readonly natsPort: number | undefined;
  /** Given: there is no embedded server. */
  readonly databaseUrl: string | undefined;
  readonly natsUrl: string | undefined;
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workspace: string;
  /** Relative paths in variables start here; the defaults are in the checkout. */
  readonly directory: string;
}

/** @throws ConfigError naming every variable that is wrong or unknown */
export function readSettings({ env, workspace, directory }: Surroundings): Settings {
  const config = loadConfig(launcherConfig, { env });
  const path = (variable: string, value: string): string =>
    resolve(isSet(env[variable]) ? directory : workspace, value);
  const home = path('VIGIL_HOME', config.home);
  const settings: Settings = {
    workspace,
    home,
    manifests: path('VIGIL_MANIFESTS', config.manifests),
    agentHome: resolve(directory, config.agentHome ?? join(home, 'agent')),
    agentHost: config.agentHost ?? hostname(),
    bind: config.bind,
    ports: {
      collector: config.collectorPort,
      gitopsd: config.gitopsdPort,
      evaluator: config.evaluatorPort,
      remediator: config.remediatorPort,
      agent: config.agentPort,
    },
    postgresPort: config.postgresPort,
    natsPort: config.natsPort,
    databaseUrl: config.databaseUrl,
    natsUrl: config.natsUrl,
  };
  refuseSharedPorts(settings);
  return settings;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/** The variable that sets the port of a service. */
export function portVariable(name: ServiceName): string {
  return `VIGIL_${name.toUpperCase()}_PORT`;
}

/** Every port that is fixed before the start, with the variable that sets it. */
export function fixedPorts(settings: Settings): { variable: string; port: number }[] {
  const candidates = [
    ...SERVICE_NAMES.map((name) => ({ variable: portVariable(name), port: settings.ports[name] })),
    ...(settings.databaseUrl === undefined
      ? [{ variable: 'VIGIL_POSTGRES_PORT', port: settings.postgresPort }]
      : []),
    ...(settings.natsUrl === undefined
      ? [{ variable: 'VIGIL_NATS_PORT', port: settings.natsPort }]
      : []),
  ];
  return candidates.flatMap(({ variable, port }) =>
    port === undefined ? [] : [{ variable, port }],
  );
}

function refuseSharedPorts(settings: Settings): void {
  const owners = new Map<number, string>();
  const problems = fixedPorts(settings).flatMap(({ variable, port }) => {
    const owner = owners.get(port);
    owners.set(port, variable);
    return owner === undefined
      ? []
      : [{ name: variable, found: String(port), expected: `another port than that of ${owner}` }];
  });
  if (problems.length > 0) throw new ConfigError(launcherConfig.service, problems);
}

/** Where this machine reaches a service: a wildcard address is no address to connect to. */
export function urlOf(settings: Pick<Settings, 'bind' | 'ports'>, name: ServiceName): string {
  const wildcard = settings.bind === '0.0.0.0' || settings.bind === '::';
  const host = wildcard ? '127.0.0.1' : settings.bind;
  return `http://${host.includes(':') ? `[${host}]` : host}:${String(settings.ports[name])}`;
}
