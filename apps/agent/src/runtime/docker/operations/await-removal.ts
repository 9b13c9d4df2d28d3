import { setTimeout as pause } from 'node:timers/promises';
import type { Task } from './task.js';

/** Files of a large container take their time. */
const REMOVAL_MS = 10_000;
const LOOK_EVERY_MS = 20;

/**
 * Somebody has the engine remove the container of the replica: it cannot be started any more, and keeps
 * its name until it is gone.
 */
export async function awaitRemoval({ containers, replica }: Task): Promise<void> {
  const deadline = performance.now() + REMOVAL_MS;
  for (;;) {
    const { seen } = replica;
    if (seen?.container.state.status !== 'removing' || performance.now() > deadline) return;
    await pause(LOOK_EVERY_MS);
    await containers.look(seen.container.id);
  }
}
