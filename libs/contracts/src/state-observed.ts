import { EnvValue, HealthCheck, Runtime } from '@vigil/manifests';
import { z } from 'zod';
import { ForeignChange, KeyedDigest, ObservedContainer, UnmanagedContainer } from './container.js';
import { defineEvent, type PayloadOf } from './contract.js';
import { Digest, HostName, Labels, ResourceIdField, UnixMs } from './fields.js';

/** What the agent's own check of a replica says. `none`: the resource declares no check. */
export const ReplicaHealth = z.object({
  status: z.enum(['none', 'starting', 'healthy', 'unhealthy']),
  /** Failed attempts in a row, up to now; attempts before the first success in `startPeriod` do not count. */
  consecutiveFailures: z.number().int().nonnegative(),
  /** When the current row of failures began: the start of its first failed attempt. */
  failingSince: UnixMs.optional(),
  lastAttemptAt: UnixMs.optional(),
  lastSuccessAt: UnixMs.optional(),
  /** Why the last attempt failed, for people. */
  message: z.string().max(1024).optional(),
});
export type ReplicaHealth = z.infer<typeof ReplicaHealth>;

/** How the replica was really started. Secret values appear only as `{secretRef}`. */
export const ObservedConfig = z.object({
  command: z.array(z.string()),
  /** A value that no manifest declares, or that is not the declared secret, is there as a digest. */
  env: z.record(z.string(), z.union([EnvValue, KeyedDigest])),
  workingDir: z.string().optional(),
  user: z.string().optional(),
  ports: z.array(
    z.object({
      port: z.number().int(),
      hostPort: z.number().int(),
      /** True when the manifest fixed the host port; false when the agent assigned it. */
      fixed: z.boolean(),
      /** Absent: TCP. */
      protocol: z.enum(['tcp', 'udp']).optional(),
      /** The only address of the host that it is published on; absent: every one. */
      hostAddress: z.string().optional(),
    }),
  ),
  /** The check that the agent carries out on it; absent: none. */
  healthCheck: HealthCheck.optional(),
  /** With runtime `docker`. */
  container: ObservedContainer.optional(),
});
export type ObservedConfig = z.infer<typeof ObservedConfig>;

/** One replica as the host sees it now. */
export const ReplicaObservation = z.object({
  resource: ResourceIdField,
  /** 0 … replicas − 1. */
  replica: z.number().int().nonnegative(),
  runtime: Runtime,
  /** Identifies one launch of the replica: a new one for every start. */
  instance: z.string().min(1),
  /** `exited`: it ended by itself or was killed; `stopped`: a command ended it and keeps it down. */
  state: z.enum(['running', 'exited', 'stopped']),
  /** Process state T: alive, but stopped by a signal. */
  suspended: z.boolean(),
  pid: z.number().int().optional(),
  startedAt: UnixMs,
  exitedAt: UnixMs.optional(),
  exitCode: z.number().int().optional(),
  signal: z.string().optional(),
  /** True while the runtime itself is about to start it again: it ended, and nobody ended it. */
  restarting: z.boolean().optional(),
  /** What people should know about it, for example processes that it has left behind. */
  detail: z.string().max(1024).optional(),
  /** Digest of the manifest that the replica was last started or reconfigured with. */
  specDigest: Digest,
  config: ObservedConfig,
  health: ReplicaHealth,
  /** What made it differ, as far as the host can tell. */
  lastForeignChange: ForeignChange.optional(),
  /**
   * True when the agent found it without a record of its launch. `specDigest` is what its label says;
   * what the manifest declares is not known there, so that declared variables are digests as well and
   * no check is carried out, until the agent is told the manifest.
   */
  unrecorded: z.boolean().optional(),
});
export type ReplicaObservation = z.infer<typeof ReplicaObservation>;

/** Orders the snapshots of one agent: later start first, then the counter. */
export const SnapshotSequence = z.object({
  /** Start time of the agent, Unix ms. */
  epoch: UnixMs,
  counter: z.number().int().nonnegative(),
});
export type SnapshotSequence = z.infer<typeof SnapshotSequence>;

/** What an agent is doing for a replica right now, when that takes its time. */
export const ReplicaProgress = z.object({
  resource: ResourceIdField,
  replica: z.number().int().nonnegative(),
  /** For people: `pulling web:1: 3.0 of 40.0 MiB`. */
  what: z.string().max(1024),
});
export type ReplicaProgress = z.infer<typeof ReplicaProgress>;

/** Everything that one agent observes on its host. */
export const StateSnapshot = z.object({
  sequence: SnapshotSequence,
  observedAt: UnixMs,
  agentVersion: z.string(),
  runtimes: z.array(Runtime),
  /**
   * Those of `runtimes` that do not answer now. Their replicas are here as they were last seen: nothing
   * is known of them, and nothing follows from a replica of theirs that is not here.
   */
  unknownRuntimes: z.array(Runtime).optional(),
  /** The installation that the agent belongs to, for the names of its containers. */
  installation: z.string().optional(),
  /** The last stop-the-world state that the agent was told; it refuses commands while true. */
  stopped: z.boolean(),
  replicas: z.array(ReplicaObservation).max(10_000),
  /** What may be in the way of a replica. */
  unmanaged: z.array(UnmanagedContainer).max(1_000).optional(),
  /** Of replicas that are seen and of those that are yet to be. */
  progress: z.array(ReplicaProgress).max(1_000).optional(),
});
export type StateSnapshot = z.infer<typeof StateSnapshot>;

/** An agent reported its host's state; published before it is stored. The last one per host is kept. */
export const StateObserved = defineEvent(
  'vigil.state.observed.{host}',
  'STATE',
  StateSnapshot.extend({
    host: HostName,
    /** From Git or enrolment, never from the agent. */
    hostLabels: Labels,
    receivedAt: UnixMs,
  }),
);
export type StateObserved = PayloadOf<typeof StateObserved>;

/** True when `next` is newer than `current`; an older or repeated snapshot is ignored. */
export function isNewerSnapshot(
  next: SnapshotSequence,
  current: SnapshotSequence | undefined,
): boolean {
  if (current === undefined) return true;
  if (next.epoch !== current.epoch) return next.epoch > current.epoch;
  return next.counter > current.counter;
}
