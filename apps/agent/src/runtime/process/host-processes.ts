import type { ProcessIdentity } from '../../state/agent-document.js';

/** Carried by every supervised process, so that it is found again whatever was lost. */
export const INSTANCE_VARIABLE = 'VIGIL_INSTANCE_ID';

/** `suspended`: alive, but stopped by a signal (process state T). */
export type ProcessState = 'running' | 'suspended' | 'gone';

/** What a process and its descendants use. */
export interface ProcessUsage {
  /** User and system time of the processes that live now, in seconds. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly threads: number;
  readonly processes: number;
}

/** A process that carries an instance id, which it may have inherited. */
export interface FoundProcess {
  readonly identity: ProcessIdentity;
  /** Name of its program, for people. */
  readonly name: string;
  readonly parent: number;
  readonly processGroup: number;
  /** Absent where the host does not tell. */
  readonly session?: number;
  /** How long ago it began. */
  readonly ageMs: number;
}

/** The processes of this host, as its operating system shows them. */
export interface HostProcesses {
  /** The process that has this pid now, also when it has just died and was not yet reaped. */
  identify(pid: number): ProcessIdentity | undefined;
  stateOf(identity: ProcessIdentity): ProcessState;
  /** True while a process of the group lives; zombies do not. */
  isGroupAlive(processGroup: number): boolean;
  /** Living processes that carry one of these instance ids in {@link INSTANCE_VARIABLE}. */
  findByInstance(instances: ReadonlySet<string>): Map<string, FoundProcess[]>;
  /** Undefined when the process is gone. */
  usageOf(identity: ProcessIdentity): ProcessUsage | undefined;
  /** How often adopted processes are looked at, in milliseconds. */
  readonly pollIntervalMs: number;
}
