import type { HealthCheck } from '@vigil/manifests';
import { readFileSync } from 'node:fs';
import { httpProbe } from '../../../health-checks/http-probe.js';
import { failure, SUCCESS, type Probe } from '../../../health-checks/probe.js';
import { tcpProbe } from '../../../health-checks/tcp-probe.js';
import type { Engine } from '../engine/engine.js';
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
 * the host itself, whose network it then uses.
 */
export function reach({ ports, networks }: InspectedContainer, port: number): Reachable {
  const published = ports.find(
    (each) => each.port === port && each.protocol === 'tcp' && each.hostPort > 0,
  );
  if (published !== undefined) {
    const { hostIp, hostPort } = published;
    return isEveryAddress(hostIp) ? { port: hostPort } : { port: hostPort, address: hostIp };
  }
  const address = networks.find((network) => network.address !== '')?.address;
  return address === undefined ? { port } : { port, address };
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
    switch (check.kind) {
      case 'http': {
        const { port, address } = reach(present, check.port);
        return httpProbe(port, check.endpoint, address)(timeoutMs, signal);
      }
      case 'tcp': {
        const { port, address } = reach(present, check.port);
        return tcpProbe(port, address)(timeoutMs, signal);
      }
      case 'exec':
        return execProbe(engine(), present.id, check.command, timeoutMs, signal);
    }
  };
}

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
