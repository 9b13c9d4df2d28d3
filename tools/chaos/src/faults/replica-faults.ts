import type { World } from '@vigil/e2e';
import { eventually } from '@vigil/testkit';
import type { Fault } from './fault.js';

const PATIENCE_MS = 120_000;

/** A replica of a process service dies, or hangs. Another launch of it has to answer then. */
export function replicaFaults(world: World, service: string, replica: number): Fault[] {
  const hit = (signal: NodeJS.Signals) => async (): Promise<void> => {
    // while other faults last, what the API tells may be of a process that has gone
    await eventually(() => world.kill(service, replica, signal), { withinMs: PATIENCE_MS });
  };
  const name = `${service}-${String(replica)}`;
  return [
    { name: `kill ${name}`, target: name, inflict: hit('SIGKILL') },
    { name: `hang ${name}`, target: name, inflict: hit('SIGSTOP') },
  ];
}
