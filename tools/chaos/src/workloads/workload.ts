import type { ActionLogEntry } from '@vigil/contracts';
import type { World } from '@vigil/e2e';
import type { Fault } from '../faults/fault.js';

/** A service that faults happen to, with what a person on its host can see of it. */
export interface Workload {
  /** In the namespace `shop`. */
  readonly name: string;
  readonly replicas: number;
  /** @param mode is a part of what it answers */
  manifest(mode: string): string;
  /** Begins to watch; what can happen to it in that world. */
  watch(world: World): Fault[];
  /** @throws Error unless every replica answers in that mode */
  expectMode(mode: string): Promise<void>;
  /** What must never be seen on its host, and was. Ends the watch. */
  violations(log: readonly ActionLogEntry[]): Promise<string[]>;
  stop(): Promise<void>;
}

/** The entries about one service. */
export function logOf(name: string, log: readonly ActionLogEntry[]): ActionLogEntry[] {
  return log.filter(({ resource }) => resource === `shop/Service/${name}`);
}
