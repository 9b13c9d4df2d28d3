import { setTimeout as pause } from 'node:timers/promises';
import type { Guard } from './guard.js';
import { whoAnswers } from './service.js';
import type { Trace } from './trace.js';

export type Fault = 'SIGKILL' | 'SIGSTOP';

export interface Healing {
  readonly seconds: number;
  readonly trace: Trace;
}

/** A fault that is not repaired by then never is, milliseconds. */
const NEVER_MS = 40_000;

/** Waits until somebody answers; the pid of who does. */
export async function answering(port: number, notBy?: number, withinMs = NEVER_MS) {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const pid = await whoAnswers(port);
    if (pid !== undefined && pid !== notBy) return pid;
    await pause(2);
  }
  return undefined;
}

/** Makes one fault and measures until another launch answers; undefined when that never happens. */
export async function healOnce(guard: Guard, fault: Fault): Promise<Healing | undefined> {
  await pause(guard.settleMs + Math.random() * guard.phaseMs);
  const pid = await answering(guard.port);
  if (pid === undefined) throw new Error(`${guard.name}: the service does not answer`);
  const faultAt = Date.now();
  const startedAt = performance.now();
  process.kill(pid, fault);
  const successor = await answering(guard.port, pid);
  const seconds = (performance.now() - startedAt) / 1000;
  if (successor === undefined) {
    process.kill(pid, 'SIGCONT');
    return undefined;
  }
  return { seconds, trace: (await guard.trace?.(pid, faultAt)) ?? {} };
}
