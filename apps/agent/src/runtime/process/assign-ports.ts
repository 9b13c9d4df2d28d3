import type { Service } from '@vigil/manifests';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { errorCode } from '../../disk/durable-file.js';
import type { AssignedPort } from '../../state/agent-document.js';

export interface PortRange {
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

export interface PortRequest {
  readonly ports: Service['spec']['ports'];
  /** What the replica had before: kept where it still can be. */
  readonly previous: readonly AssignedPort[];
  /** Host ports of other replicas here, running or not. */
  readonly taken: ReadonlySet<number>;
  /** Where the search begins, so that a replica tends to the same port and two hosts do not race. */
  readonly seed: string;
  readonly range: PortRange;
  /** How long to wait for a port that was ours to become free again. */
  readonly patienceMs: number;
}

export type PortOutcome =
  | { readonly status: 'assigned'; readonly ports: AssignedPort[] }
  | { readonly status: 'in-use'; readonly port: number }
  | { readonly status: 'none-free' };

const LOOK_EVERY_MS = 10;

/** A host port for every entry of `ports`: fixed, the same as before, or a free one. */
export async function assignPorts(request: PortRequest): Promise<PortOutcome> {
  const assigned: AssignedPort[] = [];
  const taken = new Set(request.taken);
  for (const { port, hostPort } of request.ports) {
    const before = request.previous.find((entry) => entry.port === port)?.hostPort;
    const own = hostPort ?? before;
    const patienceMs = own === before ? request.patienceMs : 0;
    const isOwnFree = own !== undefined && !taken.has(own) && (await becomesFree(own, patienceMs));
    if (hostPort !== undefined && !isOwnFree) return { status: 'in-use', port: hostPort };
    const chosen = isOwnFree ? own : await findFree(request, taken);
    if (chosen === undefined) return { status: 'none-free' };
    taken.add(chosen);
    assigned.push({ port, hostPort: chosen, fixed: hostPort !== undefined });
  }
  return { status: 'assigned', ports: assigned };
}

/** True when a server could listen on the port, on every address of this host. */
export async function isPortFree(port: number): Promise<boolean> {
  const outcome = await tryListen(port, '::');
  if (outcome !== 'EAFNOSUPPORT' && outcome !== 'EADDRNOTAVAIL') return outcome === undefined;
  return (await tryListen(port, '0.0.0.0')) === undefined;
}

/** FNV-1a (32 bit): spreads the names of replicas over the range. */
export function startOffset(seed: string, size: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(seed)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % size;
}

async function becomesFree(port: number, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    if (await isPortFree(port)) return true;
    if (performance.now() >= deadline) return false;
    await pause(LOOK_EVERY_MS);
  }
}

async function findFree(
  request: PortRequest,
  taken: ReadonlySet<number>,
): Promise<number | undefined> {
  const size = request.range.to - request.range.from + 1;
  const start = startOffset(request.seed, size);
  for (let step = 0; step < size; step += 1) {
    const port = request.range.from + ((start + step) % size);
    if (!taken.has(port) && (await isPortFree(port))) return port;
  }
  return undefined;
}

/** Undefined when it worked; otherwise why not. */
function tryListen(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(errorCode(error) ?? error.name));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
