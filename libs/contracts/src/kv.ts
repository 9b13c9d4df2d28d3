import { Manifest, Mode } from '@vigil/manifests';
import { z } from 'zod';
import { encodeToken } from './contract.js';
import { PolicyMemory, ResourceMemory } from './evaluator-memory.js';
import { Digest, HostName, Labels, ResourceIdField, UnixMs } from './fields.js';

/** A JetStream key-value bucket and what its keys hold. */
export interface BucketDefinition<Values extends Record<string, z.ZodType>> {
  readonly bucket: string;
  /** Every value expires this long after it was written; absent: never. Applies to the bucket, not to a key. */
  readonly ttlMs?: number;
  /** Key prefix (the part before the first dot, or the whole key) → schema of the value. */
  readonly values: Values;
}

function defineBucket<const Values extends Record<string, z.ZodType>>(
  definition: BucketDefinition<Values>,
): BucketDefinition<Values> {
  return Object.freeze(definition);
}

/**
 * Says that a bucket is whole: its owner has put everything into it that PostgreSQL holds. The owner
 * writes it last. A bucket without it was lost with the server's data, or is new: what it does not
 * hold is unknown, not absent.
 */
export const RestoredMark = z.object({
  /** The service that wrote it. */
  by: z.string(),
  at: UnixMs,
  /** When the bucket was made: the mark means that bucket, and none that is made later. */
  bucketCreatedAt: UnixMs,
});
export type RestoredMark = z.infer<typeof RestoredMark>;

/** One resource of a revision: where to find its canonical manifest. */
export const RevisionEntry = z.object({
  resource: ResourceIdField,
  digest: Digest,
  /** File and line that declare it, for people. */
  file: z.string(),
  line: z.number().int(),
  /**
   * Generation of the revision since which the resource has had this digest without interruption:
   * names the occasion, when the same comes back later.
   */
  since: z.number().int().positive().optional(),
});
export type RevisionEntry = z.infer<typeof RevisionEntry>;

/** What is in force for one source. Its revision of the key is the compare-and-set token. */
export const SourcePointer = z.object({
  source: z.string(),
  /** Commit id, or the digest of all files for a directory. */
  revision: z.string(),
  /** Number of `index.<source>.<revision>.<n>` chunks. */
  chunks: z.number().int().nonnegative(),
  /** Increases with each pointer of the source; an older one never replaces a newer one. */
  generation: z.number().int().positive(),
  mode: Mode.optional(),
  inForceAt: UnixMs,
});
export type SourcePointer = z.infer<typeof SourcePointer>;

/**
 * A change of the effective desired state that is not in Git: made by `scale`, or by an operator's
 * `stop`. It is not drift while it lasts. With neither `replicas` nor `stopped` it says that there is
 * no override any more; an override is never deleted, so that its end is not lost either.
 */
export const Override = z.object({
  resource: ResourceIdField,
  /** `policy/<name>` or `operator/<name>`. */
  owner: z.string(),
  /** Number of replicas instead of `spec.replicas`, within `spec.scale`. */
  replicas: z.number().int().nonnegative().optional(),
  /** True after an operator's `stop`, until an operator's `start`. */
  stopped: z.boolean().optional(),
  /** With `replicas`: the `spec.replicas` that it replaces; another number in Git ends the override. */
  replacesReplicas: z.number().int().nonnegative().optional(),
  reason: z.string(),
  actionId: z.string(),
  correlationId: z.string(),
  createdAt: UnixMs,
  /** Grows with every change, also when clocks disagree: of two values the later one holds. Absent: `createdAt`. */
  changedAt: UnixMs.optional(),
  /** When it ends by itself; absent when it does not. It ends as a whole. */
  expiresAt: UnixMs.optional(),
});
export type Override = z.infer<typeof Override>;

/** True while an override changes something at `now` (Unix ms). */
export function isOverriding(override: Override | undefined, now: number): boolean {
  if (override === undefined) return false;
  if (override.expiresAt !== undefined && override.expiresAt <= now) return false;
  return override.stopped === true || override.replicas !== undefined;
}

/** Canonical manifests by digest, an index per revision, one pointer per source, overrides by resource. */
export const DesiredStateBucket = defineBucket({
  bucket: 'desired_state',
  values: {
    spec: Manifest,
    index: z.object({ entries: z.array(RevisionEntry) }),
    pointer: SourcePointer,
    override: Override,
    restored: RestoredMark,
  },
});

export const desiredStateKey = {
  spec: (digest: string) => `spec.${digest}`,
  index: (source: string, revision: string, chunk: number) =>
    `index.${encodeToken(source)}.${encodeToken(revision)}.${chunk}`,
  pointer: (source: string) => `pointer.${encodeToken(source)}`,
  override: (resource: string) => `override.${encodeToken(resource)}`,
  /** The remediator's mark that every override is there. */
  overridesRestored: () => 'restored.overrides',
};

/** Who may act on a resource now. The fencing token of its commands is made of the key's revision. */
export const ActionLock = z.object({
  actionId: z.string(),
  resource: ResourceIdField,
  /** Process that holds it, for people: `remediator@host:pid`. */
  holder: z.string(),
  acquiredAt: UnixMs,
});
export type ActionLock = z.infer<typeof ActionLock>;

export const ACTION_LOCK_TTL_MS = 10_000;
export const ACTION_LOCK_RENEWAL_MS = 3_000;

export const ActionLocksBucket = defineBucket({
  bucket: 'action_locks',
  ttlMs: ACTION_LOCK_TTL_MS,
  values: { lock: ActionLock },
});

export const actionLockKey = (resource: string) => `lock.${encodeToken(resource)}`;

/** A switch that a person set: stop-the-world, or the suspension of a source or resource. */
export const Control = z.object({
  active: z.boolean(),
  reason: z.string(),
  actor: z.string(),
  /** When it was switched. Grows with every change, also when clocks disagree: the later one holds. */
  at: UnixMs,
  /** It ends by itself at this time. */
  until: UnixMs.optional(),
});
export type Control = z.infer<typeof Control>;

/** Stop-the-world (`stop`), suspended sources (`source.<name>`) and resources (`resource.<id>`). */
export const ControlsBucket = defineBucket({
  bucket: 'controls',
  values: { stop: Control, source: Control, resource: Control, restored: RestoredMark },
});

export const controlKey = {
  stop: () => 'stop',
  source: (name: string) => `source.${encodeToken(name)}`,
  resource: (id: string) => `resource.${encodeToken(id)}`,
  /** The collector's mark that every switch is there. */
  restored: () => 'restored',
};

/** True while a control holds at `now` (Unix ms). */
export function isControlActive(control: Control | undefined, now: number): boolean {
  return control?.active === true && (control.until === undefined || now < control.until);
}

export const HealthStatus = z.enum(['ok', 'degraded', 'down']);
export type HealthStatus = z.infer<typeof HealthStatus>;

/** How often a service writes its heartbeat, and after what silence it counts as down. */
export const HEARTBEAT_INTERVAL_MS = 5_000;
export const HEARTBEAT_TIMEOUT_MS = 15_000;

/** What a service says of itself; written every {@link HEARTBEAT_INTERVAL_MS}, judged by the reader's clock. */
export const ServiceHeartbeat = z.object({
  service: z.string(),
  version: z.string(),
  status: HealthStatus,
  detail: z.string().optional(),
  uptimeSeconds: z.number().nonnegative(),
  /** Counts up, so that a watcher sees a heartbeat even when nothing else changed. */
  beat: z.number().int().nonnegative(),
});
export type ServiceHeartbeat = z.infer<typeof ServiceHeartbeat>;

export const ServicesBucket = defineBucket({
  bucket: 'services',
  values: { service: ServiceHeartbeat },
});

export const serviceKey = (name: string) => `service.${encodeToken(name)}`;

/**
 * An enrolled agent, as the collectors need it to let the agent in. Derived from the table `agents`,
 * so that a collector which starts while PostgreSQL is away still knows the fleet. Of the key it
 * holds the SHA-256 alone, from which a key of 256 random bits cannot be found again.
 */
export const AgentAdmission = z.object({
  host: HostName,
  keyId: z.string(),
  keyHash: Digest,
  labels: Labels,
  enrolledAt: UnixMs,
});
export type AgentAdmission = z.infer<typeof AgentAdmission>;

export const AccessBucket = defineBucket({
  bucket: 'access',
  values: { agent: AgentAdmission },
});

export const agentAdmissionKey = (host: string) => `agent.${encodeToken(host)}`;

/** How long it is told that a host was removed; then nothing is left that could name it. */
export const REMOVED_HOST_MEMORY_MS = 30 * 86_400_000;

/**
 * A host whose agent was taken out of the fleet: what it said counts no more, what ran there is placed
 * anew. Derived from PostgreSQL by the collector, which repeats it until it is stored; deleted when
 * the host is enrolled again.
 */
export const RemovedHost = z.object({ host: HostName, removedAt: UnixMs });
export type RemovedHost = z.infer<typeof RemovedHost>;

export const FleetBucket = defineBucket({
  bucket: 'fleet',
  ttlMs: REMOVED_HOST_MEMORY_MS,
  values: { removed: RemovedHost },
});

export const fleetKey = {
  removed: (host: string) => `removed.${encodeToken(host)}`,
};

/** What the evaluator remembers over a restart, by resource and by policy. */
export const EvaluatorBucket = defineBucket({
  bucket: 'evaluator',
  values: { resource: ResourceMemory, policy: PolicyMemory },
});

export const evaluatorKey = {
  resource: (resource: string) => `resource.${encodeToken(resource)}`,
  policy: (policy: string) => `policy.${encodeToken(policy)}`,
};

/** Every bucket, for the code that creates them. */
export const BUCKETS = [
  DesiredStateBucket,
  ActionLocksBucket,
  ControlsBucket,
  ServicesBucket,
  AccessBucket,
  FleetBucket,
  EvaluatorBucket,
] as const;
