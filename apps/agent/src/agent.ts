import { HostName } from '@vigil/contracts';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { AgentConfig } from './config.js';
import { lockHome } from './disk/home-lock.js';
import type { Ending } from './ending.js';
import { Credentials } from './enrolment/credentials.js';
import { NotEnrolled, obtainIdentity } from './enrolment/obtain-identity.js';
import type { Log } from './log/log.js';
import { processesOfHost } from './runtime/process/processes-of-host.js';
import { PullServer } from './pull/pull-server.js';
import { superviseHost } from './supervision.js';
import { tellCollector, type Telling } from './telling.js';

/**
 * Runs the agent until it is told to end.
 * @param token the one-time token as it is configured now
 */
export async function runAgent(
  config: AgentConfig,
  token: () => string | undefined,
  ending: Ending,
  log: Log,
): Promise<void> {
  const home = resolve(config.home ?? join(config.vigilHome, 'agent'));
  await mkdir(home, { recursive: true, mode: 0o700 });
  const processes = processesOfHost();
  const unlock = await lockHome(home, processes);

  let telling: Telling | undefined;
  const supervision = await superviseHost(
    config,
    home,
    processes,
    {
      onChange: () => telling?.onChange(),
      onAttempt: (attempt) => telling?.onAttempt(attempt),
    },
    log,
  );
  const pull = new PullServer({
    samples: () => telling?.samples() ?? [],
    notReady: () => telling?.notReady() ?? ['waiting for the collector to enrol'],
  });
  if (config.port !== undefined) {
    const port = await pull.listen({ port: config.port, bind: config.bind });
    log.info(`listening on http://${config.bind}:${port}`, { port });
  }

  const identity = await obtainIdentity(
    {
      collectorUrl: new URL(config.collectorUrl),
      home,
      host: hostOf(config),
      token: token(),
    },
    log,
    ending.signal,
  );
  if (identity !== undefined) {
    const credentials = new Credentials(identity);
    supervision.docker.begin(() => credentials.installation);
    await supervision.docker.begun();
    const standing = { credentials, token };
    telling = await tellCollector(config, home, standing, supervision, log);
    log.info('started', { agentId: identity.agentId, collector: config.collectorUrl, home });
    await telling.run(ending.signal);
  }

  // nobody is told any more: the end of the processes is wanted, and no fault to be repaired
  telling = undefined;
  const { stopSupervised } = ending;
  log.info(stopSupervised ? 'stopping, with all processes' : 'stopping; the processes go on');
  await supervision.end(stopSupervised);
  await pull.close();
  await unlock();
}

function hostOf(config: AgentConfig): string {
  if (config.host !== undefined) return config.host;
  const host = HostName.safeParse(hostname());
  if (host.success) return host.data;
  throw new NotEnrolled(`the name of this system is no host name: set VIGIL_AGENT_HOST`);
}
