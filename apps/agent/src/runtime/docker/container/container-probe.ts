import type { HealthCheck } from '@vigil/manifests';
import { readFileSync } from 'node:fs';
import { httpProbe } from '../../../health-checks/http-probe.js';
import { failure, ProvesNothing, SUCCESS, type Probe } from '../../../health-checks/probe.js';
import { tcpProbe } from '../../../health-checks/tcp-probe.js';
import type { Engine } from '../engine/engine.js';
import { EngineAway } from '../engine/engine-error.js';
import type { InspectedContainer } from '../engine/engine-answers.js';

/** NUL, escape sequences and line ends: not for a message of one line, nor for every store. */
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

/** Where a port of a container is reached from its host; no address: any loopback one. */
export interface Reachable {
  readonly port: number;
  readonly address?: string;
}

/**
 * The published host port if there is one, else the container's own address on its first network, else
 * the host itself when it uses that one's network. Undefined when its host cannot reach it: at the host's
 * own port there may be anything.
 */
export function reach(
  { ports, networks, host }: InspectedContainer,
  port: number,
): Reachable | undefined {
  const published = ports.find(
    (each) => each.port === port && each.protocol === 'tcp' && each.hostPort > 0,
  );
  if (published !== undefined) {
    const { hostIp, hostPort } = published;
    return isEveryAddress(hostIp) ? { port: hostPort } : { port: hostPort, address: hostIp };
  }
  const address = networks.find((network) => network.address !== '')?.address;
  if (address !== undefined) return { port, address };
  return host.networkMode === 'host' ? { port } : undefined;
}

function isEveryAddress(address: string): boolean {
  return address === '' || address === '0.0.0.0' || address === '::';
}

/**
 * Attempts of a check on a container, which is looked up at each of them.
 */
export function containerProbe(
  check: HealthCheck,
  container: () => InspectedContainer | undefined,
  engine: () => Engine,
): Probe {
  return async (timeoutMs, signal) => {
    const present = container();
    if (present === undefined) return failure('there is no container');
    try {
      if (check.kind === 'exec') {
        return await execProbe(engine(), present.id, check.command, timeoutMs, signal);
      }
      const reachable = reach(await networkOwner(present, engine), check.port);
      if (reachable === undefined) return failure(`port ${check.port} has no address on its host`);
      const { port, address } = reachable;
      return await (check.kind === 'http'
        ? httpProbe(port, check.endpoint, address)(timeoutMs, signal)
        : tcpProbe(port, address)(timeoutMs, signal));
    } catch (error) {
      // the container may be as well as ever
      if (error instanceof EngineAway) throw new ProvesNothing(error.message, { cause: error });
      throw error;
    }
  };
}

/** A container may be in the network of another one. */
async function networkOwner(
  container: InspectedContainer,
  engine: () => Engine,
): Promise<InspectedContainer> {
  const { networkMode } = container.host;
  if (!networkMode.startsWith(IN_NETWORK_OF)) return container;
  const owner = await engine().inspect(networkMode.slice(IN_NETWORK_OF.length));
  return owner ?? container;
}

const IN_NETWORK_OF = 'container:';

async function execProbe(
  engine: Engine,
  id: string,
  command: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
) {
  const program = command[0] ?? '';
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const outcome = await engine.exec(id, command, AbortSignal.any([signal, timeout]));
    if (outcome.status === 'cut-off') {
      endLeftRunning(id, outcome.pid);
      return failure(`${program}: not finished within ${timeoutMs} ms`);
    }
    const { exitCode, output } = outcome;
    if (exitCode === 0) return SUCCESS;
    const said = output.replace(CONTROL_CHARACTERS, ' ').trim();
    return failure(`${program}: exit code ${exitCode}${said === '' ? '' : `: ${said}`}`);
  } catch (error) {
    if (error instanceof EngineAway) throw error;
    if (timeout.aborted) return failure(`${program}: not finished within ${timeoutMs} ms`);
    return failure(`${program}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A check that hangs must not hang once more with each attempt. */
function endLeftRunning(containerId: string, pid: number): void {
  if (pid <= 1) return;
  try {
    // the number may be another process' here, when the engine is in a namespace of its own
    if (!readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(containerId)) return;
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself, or is not ours to end
  }
}
