import { CommandResult, Digest, ResourceIdField, UnixMs } from '@vigil/contracts';
import { EnvValue, HealthCheck, type ResourceId, type ServiceSpec } from '@vigil/manifests';
import { z } from 'zod';
import type { ContainerRecord } from './container-record.js';

/** A process for good: a pid alone is soon given to another one. */
export const ProcessIdentity = z.object({
  pid: z.number().int().positive(),
  /** Start time as the host tells it, comparable only with itself. */
  startTime: z.string(),
  /** Start times begin anew with each boot. */
  bootId: z.string(),
});
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

export const AssignedPort = z.object({
  port: z.number().int(),
  hostPort: z.number().int(),
  fixed: z.boolean(),
});
export type AssignedPort = z.infer<typeof AssignedPort>;

/**
 * What a process is started and checked with. The agent's own selection of a manifest, which grows
 * only by optional fields: a later agent has to understand what an earlier one has written, or it
 * would forget processes that run.
 */
export const LaunchSpec = z.object({
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  user: z.string().optional(),
  workingDir: z.string().optional(),
  env: z.record(z.string(), EnvValue),
  ports: z.array(z.object({ port: z.number().int(), hostPort: z.number().int().optional() })),
  /** One that is no longer understood is left out: the process runs on, and is reconfigured. */
  healthCheck: HealthCheck.optional().catch(undefined),
  stopGracePeriodMs: z.number().int().nonnegative(),
});
export type LaunchSpec = z.infer<typeof LaunchSpec>;

/** The part of a manifest that {@link LaunchSpec} keeps. */
export function launchSpecOf(spec: ServiceSpec): LaunchSpec {
  const { command, entrypoint, user, workingDir, healthCheck } = spec;
  return {
    ...(command === undefined ? {} : { command }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(user === undefined ? {} : { user }),
    ...(workingDir === undefined ? {} : { workingDir }),
    ...(healthCheck === undefined ? {} : { healthCheck }),
    env: spec.env,
    ports: spec.ports,
    stopGracePeriodMs: spec.stopGracePeriodMs,
  };
}

export const LaunchEnd = z.object({
  at: UnixMs,
  /**
   * `command`: a command ended it and keeps it down. `restart`: to be started again at once.
   * `shutdown`: the agent was told to end everything.
   */
  by: z.enum(['itself', 'command', 'restart', 'shutdown']),
  exitCode: z.number().int().optional(),
  signal: z.string().optional(),
});
export type LaunchEnd = z.infer<typeof LaunchEnd>;

/** One launch of a replica. */
export const Launch = z.object({
  instance: z.string(),
  /** The command that started it. */
  commandId: z.string(),
  spec: LaunchSpec,
  specDigest: Digest,
  ports: z.array(AssignedPort),
  startedAt: UnixMs,
  /** Absent while the launch is only intended, and after it ended before its pid was known. */
  process: ProcessIdentity.optional(),
  end: LaunchEnd.optional(),
});
export type Launch = z.infer<typeof Launch>;

/** One replica of a resource on this host: its last launch, and one that is about to happen. */
export const ReplicaRecord = z.object({
  resource: ResourceIdField,
  replica: z.number().int().nonnegative(),
  launch: Launch.optional(),
  /** Written before the process is spawned, so that a crash in between forgets no process. */
  intended: Launch.optional(),
});
export type ReplicaRecord = z.infer<typeof ReplicaRecord>;

/** One command that was accepted or refused: kept until it could not be replayed any more. */
export const CommandRecord = z.object({
  commandId: z.string(),
  nonce: z.string(),
  actionId: z.string(),
  resource: ResourceIdField,
  replica: z.number().int().nonnegative(),
  kind: z.enum(['start', 'stop', 'restart', 'reconfigure', 'adopt', 'release']),
  acceptedAt: UnixMs,
  expiresAt: UnixMs,
  /** Absent while it is carried out. */
  result: CommandResult.optional(),
  /** The control plane has recorded the result. */
  acknowledged: z.boolean(),
});
export type CommandRecord = z.infer<typeof CommandRecord>;

/** The highest fencing token seen for a resource, and when. */
export const SeenToken = z.object({ token: z.number().int().nonnegative(), at: UnixMs });
export type SeenToken = z.infer<typeof SeenToken>;

/** Everything that the agent has to remember over its own crash. */
export interface AgentDocument {
  /** Of the last start of the agent; the next one is greater even when the clock went back. */
  epoch: number;
  /** Stop-the-world as last told. */
  stopped: boolean;
  readonly replicas: Map<string, ReplicaRecord>;
  readonly containers: Map<string, ContainerRecord>;
  readonly commands: Map<string, CommandRecord>;
  readonly tokens: Map<ResourceId, SeenToken>;
}

export function emptyDocument(): AgentDocument {
  return {
    epoch: 0,
    stopped: false,
    replicas: new Map(),
    containers: new Map(),
    commands: new Map(),
    tokens: new Map(),
  };
}

/** The key of a replica in {@link AgentDocument.replicas} and {@link AgentDocument.containers}. */
export function replicaKey(resource: ResourceId, replica: number): string {
  return `${resource}#${replica}`;
}
