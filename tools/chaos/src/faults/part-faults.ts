import type { World } from '@vigil/e2e';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault.js';

/** The processes of Vigil itself. */
export const PARTS = ['collector', 'gitopsd', 'evaluator', 'remediator', 'agent'] as const;

/** Each part of Vigil dies, is told to end, or stands still for a while. */
export function partFaults(world: World): Fault[] {
  return PARTS.flatMap((part) => [
    {
      name: `kill ${part}`,
      target: part,
      inflict: () => world.launcher.killPart(part).isBack(),
    },
    {
      name: `restart ${part}`,
      target: part,
      inflict: () => world.launcher.killPart(part, 'SIGTERM').isBack(),
    },
    {
      name: `freeze ${part}`,
      target: part,
      inflict: (holdMs: number) => freeze(world.launcher.pidOf(part), holdMs),
    },
  ]);
}

/** Stops a process where it stands, and lets it go on. */
export async function freeze(pid: number, holdMs: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await pause(holdMs);
  process.kill(pid, 'SIGCONT');
}
