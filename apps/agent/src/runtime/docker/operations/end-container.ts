import { setTimeout as pause } from 'node:timers/promises';
import { EngineRefusal } from '../engine/engine-error.js';
import { failed, type Task } from './task.js';

/** SIGKILL works at once, except on a process in an uninterruptible system call. */
const KILL_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 20;

export const UNENDABLE = failed('stop-timeout', 'the container did not end, not even by SIGKILL');

/**
 * Ends the program of a container: its stop signal, and SIGKILL after `graceMs`. One that is suspended
 * would not act on a signal: it gets SIGKILL at once. False when it could not be ended at all.
 */
export async function endContainer(task: Task, id: string, graceMs: number): Promise<boolean> {
  const isSuspended = task.replica.observe()?.suspended === true;
  try {
    if (isSuspended || graceMs === 0) await task.parts.engine().kill(id, 'SIGKILL');
    else await stopWithin(task, id, graceMs);
  } catch (error) {
    // 409 and 304: it has ended meanwhile; anything else shows itself below
    if (!(error instanceof EngineRefusal)) throw error;
  }
  return isDown(task, id);
}

/** The engine counts its patience in whole seconds: it is cut short from here. */
async function stopWithin({ parts }: Task, id: string, graceMs: number): Promise<void> {
  const engine = parts.engine();
  const overdue = new AbortController();
  const killing = pause(graceMs, undefined, { signal: overdue.signal }).then(
    () => engine.kill(id, 'SIGKILL').catch(() => undefined),
    () => undefined,
  );
  try {
    await engine.stop(id, Math.ceil(graceMs / 1000) + 1);
  } finally {
    overdue.abort();
    await killing;
  }
}

async function isDown({ containers }: Task, id: string): Promise<boolean> {
  const deadline = performance.now() + KILL_TIMEOUT_MS;
  for (;;) {
    await containers.look(id);
    if (containers.byId(id)?.container.state.isRunning !== true) return true;
    if (performance.now() > deadline) return false;
    await pause(LOOK_EVERY_MS);
  }
}
