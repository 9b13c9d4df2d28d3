import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerEngine } from './container-engine.js';
import type { HomeLayout, Identity } from './home.js';
import { agentKeyFile } from './enrolment.js';
import { answersOk, describeHealth } from './readiness.js';
import { portVariable, SERVICE_NAMES, urlOf, type ServiceName, type Settings } from './settings.js';
import { endSupervised } from './supervised-leftovers.js';
import type { ProcessSpec } from './supervised-process.js';

/** What the services are told about the rest of the installation. */
export interface Connections {
  readonly databaseUrl: string;
  readonly natsUrl: string;
}

/** The agent stops the processes that it supervises, each with its own grace period. */
const AGENT_STOP_PATIENCE_MS = 45_000;
const SERVICE_STOP_PATIENCE_MS = 12_000;

/** Lets a service give memory back when it is idle. */
const SERVICE_FLAGS = ['--expose-gc'];

/** Those whose bundle has been built; the agent, which needs a running collector, is asked for alone. */
export function builtServices(workspace: string): ServiceName[] {
  return SERVICE_NAMES.filter((name) => existsSync(bundleOf(workspace, name)));
}

export interface ServiceContext {
  readonly settings: Settings;
  readonly home: HomeLayout;
  readonly identity: Identity;
  readonly connections: Connections;
  /** The environment of the launcher: what is set there reaches the services. */
  readonly env: NodeJS.ProcessEnv;
  /** For the agent: the container engine of this machine; absent: there is none. */
  readonly engine?: ContainerEngine;
  /** A one-time token for an agent that has no key yet. */
  readonly enrolToken?: string;
}

export function serviceProcess(name: ServiceName, context: ServiceContext): ProcessSpec {
  const { settings } = context;
  return {
    name,
    command: process.execPath,
    args: [...(name === 'agent' ? [] : SERVICE_FLAGS), bundleOf(settings.workspace, name)],
    env: environmentOf(name, context),
    channel: true,
    isReady: () => isReady(name, settings),
    waitsFor: () => waitsFor(name, settings),
    stopSignal: 'SIGTERM',
    stopPatienceMs: name === 'agent' ? AGENT_STOP_PATIENCE_MS : SERVICE_STOP_PATIENCE_MS,
    // only the end of `npm start` ends what the agent supervises; a restart of the agent does not
    ...(name === 'agent' ? endOfSupervised(settings) : {}),
  };
}

function endOfSupervised({ agentHome }: Settings): Pick<ProcessSpec, 'farewell' | 'afterEnd'> {
  return {
    farewell: { type: 'shutdown', stopSupervised: true },
    afterEnd: async (graceMs) => {
      await endSupervised(agentHome, graceMs);
    },
  };
}

function isReady(name: ServiceName, settings: Settings): Promise<boolean> {
  if (settings.ports[name] !== undefined) return answersOk(`${urlOf(settings, name)}/health/ready`);
  // an agent without a port of its own: once it is enrolled it does its work
  return Promise.resolve(existsSync(agentKeyFile(settings)));
}

async function waitsFor(name: ServiceName, settings: Settings): Promise<string | undefined> {
  return settings.ports[name] === undefined
    ? undefined
    : describeHealth(`${urlOf(settings, name)}/health`);
}

function bundleOf(workspace: string, name: ServiceName): string {
  return join(workspace, 'dist/apps', name, 'main.js');
}

function environmentOf(name: ServiceName, context: ServiceContext): NodeJS.ProcessEnv {
  const { settings, home, identity, connections } = context;
  return {
    VIGIL_MODE: 'auto',
    ...inherited(context.env),
    NODE_ENV: 'production',
    NODE_COMPILE_CACHE: home.compileCache,
    // an arena of malloc for each thread costs 4 MB more than it is worth
    MALLOC_ARENA_MAX: name === 'agent' ? '1' : '2',
    VIGIL_HOME: home.root,
    VIGIL_INSTANCE: identity.instance,
    VIGIL_BIND: settings.bind,
    ...portEnvironment(name, settings),
    ...(name === 'agent' ? agentEnvironment(context) : {}),
    ...(name === 'agent'
      ? {}
      : {
          DATABASE_URL: connections.databaseUrl,
          NATS_URL: connections.natsUrl,
          VIGIL_ADMIN_KEY_FILE: home.adminKey,
        }),
    ...(name === 'collector' ? { VIGIL_COMMAND_PUBLIC_KEY_FILE: home.signingPublicKey } : {}),
    ...(name === 'gitopsd' ? { VIGIL_MANIFESTS: settings.manifests } : {}),
    ...(name === 'remediator' ? { VIGIL_COMMAND_SIGNING_KEY_FILE: home.signingKey } : {}),
  };
}

function portEnvironment(name: ServiceName, settings: Settings): NodeJS.ProcessEnv {
  const port = settings.ports[name];
  return port === undefined ? {} : { [portVariable(name)]: String(port) };
}

function agentEnvironment({
  settings,
  enrolToken,
  env,
  engine,
}: ServiceContext): NodeJS.ProcessEnv {
  // of somebody's own: through a proxy, for example
  const wayToCollector = env['VIGIL_COLLECTOR_URL'] ?? '';
  return {
    VIGIL_COLLECTOR_URL: wayToCollector === '' ? urlOf(settings, 'collector') : wayToCollector,
    VIGIL_AGENT_HOME: settings.agentHome,
    VIGIL_AGENT_HOST: settings.agentHost,
    ...(engine === undefined ? {} : { VIGIL_DOCKER_HOST: `unix://${engine.socket}` }),
    ...(enrolToken === undefined ? {} : { VIGIL_ENROLL_TOKEN: enrolToken }),
  };
}

/**
 * Secrets reach only those who need them, and npm's own variables nobody. An empty variable means "not
 * set".
 */
const WITHHELD = /^(npm_|INIT_CWD$|DATABASE_URL$|NATS_URL$|VIGIL_KEY$|NODE_CHANNEL_)/;

function inherited(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value !== '' && !WITHHELD.test(name)),
  );
}
