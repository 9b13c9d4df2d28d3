import type { NatsServerBinary } from '@vigil/embedded';
import { findContainerEngine } from './container-engine.js';
import { enrolmentToken } from './enrolment.js';
import { readOrMakeIdentity, type HomeLayout, type Identity } from './home.js';
import type { Installation } from './installation.js';
import { prepareNats } from './nats.js';
import { installedNatsServer, installNatsServer } from './nats-installation.js';
import { embeddedPorts } from './port-plan.js';
import { ensureDatabase, preparePostgres } from './postgres.js';
import type { Progress } from './progress.js';
import {
  builtServices,
  serviceProcess,
  type Connections,
  type ServiceContext,
} from './services.js';
import { urlOf, type ServiceName, type Settings } from './settings.js';

export interface StartUp {
  readonly settings: Settings;
  readonly home: HomeLayout;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly installation: Installation;
}

/** Starts the whole of Vigil: the servers below, the services side by side, the agent. */
export async function startUp(start: StartUp): Promise<void> {
  const identity = readOrMakeIdentity(start.home);
  const connections = await startServers(start, identity);
  const context = { ...start, identity, connections };
  const services = builtServices(start.settings.workspace);
  await together(
    services.filter((name) => name !== 'agent').map((name) => startService(name, context)),
  );
  if (!services.includes('agent')) return;
  const engine = await findContainerEngine(start.env);
  await startService('agent', engine === undefined ? context : { ...context, engine });
}

/** Finds nats-server or installs it; a step of its own only when there is something to do. */
export async function provideNatsServer(
  home: HomeLayout,
  progress: Progress,
): Promise<NatsServerBinary> {
  return (
    installedNatsServer(home.natsPackage) ??
    progress.step(
      'nats-server: installing',
      () => installNatsServer(home.natsPackage),
      ({ version }) => `nats-server ${version.join('.')} installed`,
    )
  );
}

async function startServers(start: StartUp, identity: Identity): Promise<Connections> {
  const { settings } = start;
  const ports = await embeddedPorts(settings, start.home.ports);
  const [databaseUrl, natsUrl] = await Promise.all([
    settings.databaseUrl ?? startPostgres(start, identity, ports.postgres),
    settings.natsUrl ?? startNats(start, identity, ports.nats),
  ]);
  return { databaseUrl, natsUrl };
}

async function startPostgres(start: StartUp, identity: Identity, port: number): Promise<string> {
  const { url, dataElsewhere } = await start.progress.step(
    'PostgreSQL',
    async () => {
      const postgres = await preparePostgres(start.home, identity.postgresPassword, port);
      await start.installation.start(postgres.process);
      await ensureDatabase(postgres.url);
      return postgres;
    },
    () => `PostgreSQL on port ${port}`,
  );
  if (dataElsewhere !== undefined) {
    start.progress.line(
      `    its user cannot reach ${start.home.root}: the data is in ${dataElsewhere}`,
    );
  }
  return url;
}

async function startNats(start: StartUp, identity: Identity, port: number): Promise<string> {
  const binary = await provideNatsServer(start.home, start.progress);
  return start.progress.step(
    'nats-server',
    async () => {
      const nats = prepareNats(start.home, identity, binary, port);
      await start.installation.start(nats.process);
      return nats.url;
    },
    () => `nats-server ${binary.version.join('.')} on port ${port}`,
  );
}

async function startService(name: ServiceName, context: ServiceContext & StartUp): Promise<void> {
  await context.progress.step(
    name,
    async () => {
      const spec = serviceProcess(name, name === 'agent' ? await enrolled(context) : context);
      await context.installation.start(spec);
    },
    () => describeService(name, context),
  );
}

function describeService(name: ServiceName, { settings, engine }: ServiceContext): string {
  const place = settings.ports[name] === undefined ? name : `${name} on ${urlOf(settings, name)}`;
  return engine === undefined ? place : `${place}, with ${engine.description}`;
}

async function enrolled(context: ServiceContext): Promise<ServiceContext> {
  const enrolToken = await enrolmentToken(context.settings, context.identity.adminKey);
  return enrolToken === undefined ? context : { ...context, enrolToken };
}

/** All of them to their end, so that none is still starting when the first failure is handled. */
async function together(starts: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(starts);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
