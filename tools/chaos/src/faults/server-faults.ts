import type { DockerEngine, Gate, TestNats, TestPostgres } from '@vigil/testkit';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault.js';

type Server = Pick<TestPostgres | TestNats | DockerEngine, 'kill' | 'restart' | 'freeze'>;

/** A server that Vigil stands on crashes and stays away for a while, is restarted in order, or stands still. */
export function serverFaults(name: string, server: Server): Fault[] {
  return [
    {
      name: `kill ${name}`,
      target: name,
      inflict: async (holdMs) => {
        await server.kill();
        await pause(holdMs);
        await server.restart();
      },
    },
    { name: `restart ${name}`, target: name, inflict: () => server.restart() },
    { name: `freeze ${name}`, target: name, inflict: (holdMs) => server.freeze(holdMs) },
  ];
}

/** The network between the agent and the collector is cut for a while. */
export function connectionFaults(gate: Gate): Fault[] {
  return [
    {
      name: 'cut the connection of the agent',
      target: 'connection',
      inflict: async (holdMs) => {
        gate.close();
        await pause(holdMs);
        gate.open();
      },
    },
  ];
}
