import { join } from 'node:path';
import type { HostProcesses } from '../process/host-processes.js';
import type { RuntimeSurroundings } from '../workload-runtime.js';
import { DockerRuntime } from './docker-runtime.js';
import { findSocket } from './engine/find-socket.js';
import { openKeyedDigest } from './keyed-digest.js';

/** The runtime `docker`; it does nothing before it is begun. */
export async function openDockerRuntime(
  { config, home, state, clock, events, log }: RuntimeSurroundings,
  processes: HostProcesses,
): Promise<DockerRuntime> {
  const parts = {
    state,
    processes,
    digest: await openKeyedDigest(join(home, 'digest.key')),
    clock,
    events,
    log: log.child('containers'),
    now: Date.now,
  };
  return new DockerRuntime(
    parts,
    () => findSocket({ configured: config.dockerHost, env: process.env }),
    join(home, 'imported'),
  );
}
