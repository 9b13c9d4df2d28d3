import { z } from 'zod';

/**
 * The canonical form of a `kind: Service` manifest: defaults filled in, durations in milliseconds,
 * CPU in cores, memory in bytes. It is what is stored, hashed, compared and sent to agents;
 * the form that people write is parsed into it by `parseManifests`.
 */
const millis = z.number().int().nonnegative();

export const Runtime = z.enum(['docker', 'systemd', 'process']);
export type Runtime = z.infer<typeof Runtime>;

/** The strictest of system, source, resource and policy applies: off < observe < approve < auto. */
export const Mode = z.enum(['off', 'observe', 'approve', 'auto']);
export type Mode = z.infer<typeof Mode>;

/** A secret stays where it is: a file on the host, read by the agent. */
export const SecretRef = z.strictObject({ secretRef: z.strictObject({ file: z.string() }) });
export type SecretRef = z.infer<typeof SecretRef>;

export const EnvValue = z.union([z.string(), SecretRef]);
export type EnvValue = z.infer<typeof EnvValue>;

/**
 * One entry of `ports`. For runtime `process`, `port` names the port and the agent assigns a free
 * host port per replica (passed as `PORT` for the first entry), unless `hostPort` fixes it.
 */
export const Port = z.strictObject({
  port: z.number().int().min(1).max(65535),
  hostPort: z.number().int().min(1).max(65535).optional(),
  /** Of containers; absent: TCP. */
  protocol: z.enum(['tcp', 'udp']).optional(),
  /** The only address of the host that a container publishes it on, IPv4 or IPv6; absent: every one. */
  hostAddress: z.string().optional(),
});
export type Port = z.infer<typeof Port>;

/** When the image of a container is fetched from its registry. Absent in a manifest: `IfNotPresent`. */
export const PullPolicy = z.enum(['IfNotPresent', 'Always', 'Never']);
export type PullPolicy = z.infer<typeof PullPolicy>;

/** Linux capabilities by their names without `CAP_`, beside those that the engine gives. */
export const Capabilities = z.strictObject({
  add: z.array(z.string()).optional(),
  drop: z.array(z.string()).optional(),
});
export type Capabilities = z.infer<typeof Capabilities>;

/** Where a container's output goes: a logging driver of the engine, with its options. */
export const Logging = z.strictObject({
  driver: z.string(),
  options: z.record(z.string(), z.string()),
});
export type Logging = z.infer<typeof Logging>;

const checkTiming = {
  intervalMs: millis,
  timeoutMs: millis,
  /** After a failed attempt the next starts this long after the failed one started. */
  retryIntervalMs: millis,
  failureThreshold: z.number().int().min(1),
  startPeriodMs: millis,
};

export const HealthCheck = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('http'),
    endpoint: z.string(),
    port: z.number().int(),
    ...checkTiming,
  }),
  z.strictObject({ kind: z.literal('tcp'), port: z.number().int(), ...checkTiming }),
  z.strictObject({ kind: z.literal('exec'), command: z.array(z.string()).min(1), ...checkTiming }),
]);
export type HealthCheck = z.infer<typeof HealthCheck>;

export const Remediation = z.strictObject({
  /** Absent: the system's and the source's mode alone decide. */
  mode: Mode.optional(),
  restartThreshold: z.number().int().min(1),
  cooldownPeriodMs: millis,
  /** A count of replicas, or a percentage such as `25%`. */
  maxUnavailable: z.union([z.number().int().min(1), z.string().regex(/^\d{1,3}%$/)]),
  killAfterMs: millis,
  stableAfterMs: millis,
  maxRestarts: z.number().int().min(0),
});
export type Remediation = z.infer<typeof Remediation>;

export const ServiceSpec = z.strictObject({
  runtime: Runtime,
  placement: z
    .strictObject({
      hosts: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }).optional(),
      spread: z.boolean(),
      reschedule: z.boolean(),
    })
    .optional(),
  replicas: z.number().int().min(0),
  scale: z.strictObject({ min: z.number().int().min(0), max: z.number().int().min(0) }).optional(),
  image: z.string().optional(),
  unit: z.string().optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  user: z.string().optional(),
  workingDir: z.string().optional(),
  env: z.record(z.string(), EnvValue),
  ports: z.array(Port),
  volumes: z.array(z.string()),
  /** The fields down to `logging` are those of containers; absent: not compared. */
  pullPolicy: PullPolicy.optional(),
  /** A file in the form of Docker's `config.json`, with `auths`. */
  imagePullSecret: SecretRef.optional(),
  networks: z.array(z.string()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  capabilities: Capabilities.optional(),
  readOnly: z.boolean().optional(),
  logging: Logging.optional(),
  /**
   * Names of containers that run already: replicas 0, 1, … take them over as they are, where they are.
   * Of a container that was made by Vigil they are further names in its networks.
   */
  adopt: z.array(z.string()).optional(),
  resources: z
    .strictObject({
      cpuCores: z.number().positive().optional(),
      memoryBytes: z.number().positive().optional(),
    })
    .optional(),
  stopGracePeriodMs: millis,
  healthCheck: HealthCheck.optional(),
  dependsOn: z.array(z.string()),
  remediation: Remediation,
  drift: z.strictObject({ ignore: z.array(z.string()) }),
  prune: z.boolean(),
});
export type ServiceSpec = z.infer<typeof ServiceSpec>;

export const Metadata = z.strictObject({
  name: z.string(),
  namespace: z.string(),
  labels: z.record(z.string(), z.string()),
});
export type Metadata = z.infer<typeof Metadata>;

export const Service = z.strictObject({
  apiVersion: z.literal('vigil.io/v1'),
  kind: z.literal('Service'),
  metadata: Metadata,
  spec: ServiceSpec,
});
export type Service = z.infer<typeof Service>;
