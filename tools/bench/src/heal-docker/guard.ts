import type { DockerEngine } from '@vigil/testkit';
import type { Trace } from '../heal/trace.js';

/** Where a guard keeps one container running. */
export interface Place {
  readonly engine: DockerEngine;
  readonly image: string;
  /** Published on the host. */
  readonly port: number;
  readonly repetitions: number;
}

/**
 * `main-process`: SIGKILL of the container's first process, from the host (a `docker kill` cancels
 * restart policies); `removed`: `docker rm -f`; `hung`: SIGSTOP of that process.
 */
export type ContainerFault = 'main-process' | 'removed' | 'hung';

/** Something that keeps a container running, under measurement. */
export interface ContainerGuard {
  readonly name: string;
  /** What was set, for the reader of the result. */
  readonly settings: string;
  /** Those that it notices at all: nothing is measured of the others. */
  readonly faults: readonly ContainerFault[];
  /** The container that is running now. */
  container(): Promise<string>;
  /** Where the guard can tell. */
  trace?(fault: ContainerFault, faultAt: number): Promise<Trace>;
  stop(): Promise<void>;
}
