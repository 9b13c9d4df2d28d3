import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { launcherConfig, parsePort } from './config.js';

/** The processes of Vigil itself; the order is the one in which they are named to people. */
export const SERVICE_NAMES = ['collector', 'gitopsd', 'evaluator', 'remediator', 'agent'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

const DEFAULT_PORTS: Readonly<Record<ServiceName, number>> = {
  collector: 8000,
  remediator: 8081,
  gitopsd: 8082,
  evaluator: 8083,
  agent: 9101,
};

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
  readonly ports: Readonly<Record<ServiceName, number>>;
  /** Given: the embedded server uses this port; absent: one that is free, remembered. */
  readonly postgresPort: number | undefined;
  readonly natsPort: number | undefined;
  /** Given: there is no embedded server. */
  readonly databaseUrl: string | undefined;
  readonly natsUrl: string | undefined;
}

/** Settings that cannot be used; each line names the variable, what was found and what was expected. */
export class WrongSettings extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'WrongSettings';
  }
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workspace: string;
  /** Relative paths in variables start here. */
  readonly directory: string;
}

/** @throws WrongSettings naming every variable that is wrong */
export function readSettings({ env, workspace, directory }: Surroundings): Settings {
  const { home: homeSetting, postgresPort, natsPort } = launcherConfig.settings;
  const problems: string[] = [];
  const text = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const path = (name: string, otherwise: string): string =>
    resolve(directory, text(name) ?? otherwise);
  const port = (name: string): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    const number = parsePort(value);
    if (number === undefined) {
      problems.push(`${name}: found ${JSON.stringify(value)}, expected ${postgresPort.expected}`);
    }
    return number;
  };

  const home = path(homeSetting.env, join(workspace, homeSetting.default));
  const servicePort = (name: ServiceName): number =>
    port(portVariable(name)) ?? DEFAULT_PORTS[name];
  const settings: Settings = {
    workspace,
    home,
    manifests: path('VIGIL_MANIFESTS', join(workspace, 'manifests')),
    agentHome: path('VIGIL_AGENT_HOME', join(home, 'agent')),
    agentHost: text('VIGIL_AGENT_HOST') ?? hostname(),
    bind: text('VIGIL_BIND') ?? '127.0.0.1',
    ports: {
      collector: servicePort('collector'),
      gitopsd: servicePort('gitopsd'),
      evaluator: servicePort('evaluator'),
      remediator: servicePort('remediator'),
      agent: servicePort('agent'),
    },
    postgresPort: port(postgresPort.env),
    natsPort: port(natsPort.env),
    databaseUrl: text('DATABASE_URL'),
    natsUrl: text('NATS_URL'),
  };
  problems.push(...sharedPorts(settings));
  if (problems.length > 0) throw new WrongSettings(problems);
  return settings;
}

/** The variable that sets the port of a service. */
export function portVariable(name: ServiceName): string {
  return `VIGIL_${name.toUpperCase()}_PORT`;
}

/** Every port that is fixed before the start, with the variable that sets it. */
export function fixedPorts(settings: Settings): { variable: string; port: number }[] {
  const services = SERVICE_NAMES.map((name) => ({
    variable: portVariable(name),
    port: settings.ports[name],
  }));
  const embedded = [
    { variable: 'VIGIL_POSTGRES_PORT', port: settings.postgresPort, own: settings.databaseUrl },
    { variable: 'VIGIL_NATS_PORT', port: settings.natsPort, own: settings.natsUrl },
  ].flatMap(({ variable, port, own }) =>
    port === undefined || own !== undefined ? [] : [{ variable, port }],
  );
  return [...services, ...embedded];
}

function sharedPorts(settings: Settings): string[] {
  const seen = new Map<number, string>();
  return fixedPorts(settings).flatMap(({ variable, port }) => {
    const other = seen.get(port);
    seen.set(port, variable);
    return other === undefined
      ? []
      : [`${variable}: found ${port}, expected another port than that of ${other}`];
  });
}

/** Where this machine reaches a service: a wildcard address is no address to connect to. */
export function urlOf(settings: Pick<Settings, 'bind' | 'ports'>, name: ServiceName): string {
  const wildcard = settings.bind === '0.0.0.0' || settings.bind === '::';
  const host = wildcard ? '127.0.0.1' : settings.bind;
  return `http://${host.includes(':') ? `[${host}]` : host}:${settings.ports[name]}`;
}
