import { Digest, ForeignChange, ResourceIdField, UnixMs } from '@vigil/contracts';
import {
  Capabilities,
  EnvValue,
  HealthCheck,
  Logging,
  PullPolicy,
  SecretRef,
  type ServiceSpec,
} from '@vigil/manifests';
import { z } from 'zod';

/**
 * What a container is made, checked and compared with. As `LaunchSpec`: the agent's own selection of a
 * manifest, which grows only by optional fields.
 */
export const ContainerSpec = z.object({
  image: z.string(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  user: z.string().optional(),
  workingDir: z.string().optional(),
  env: z.record(z.string(), EnvValue),
  ports: z.array(
    z.object({
      port: z.number().int(),
      hostPort: z.number().int().optional(),
      protocol: z.enum(['tcp', 'udp']).optional(),
      hostAddress: z.string().optional(),
    }),
  ),
  volumes: z.array(z.string()),
  pullPolicy: PullPolicy.optional(),
  imagePullSecret: SecretRef.optional(),
  networks: z.array(z.string()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  capabilities: Capabilities.optional(),
  readOnly: z.boolean().optional(),
  logging: Logging.optional(),
  resources: z
    .object({ cpuCores: z.number().optional(), memoryBytes: z.number().optional() })
    .optional(),
  /** One that is no longer understood is left out: the container runs on, and is reconfigured. */
  healthCheck: HealthCheck.optional().catch(undefined),
  stopGracePeriodMs: z.number().int().nonnegative(),
});
export type ContainerSpec = z.infer<typeof ContainerSpec>;

/** The part of a manifest that {@link ContainerSpec} keeps. */
export function containerSpecOf(spec: ServiceSpec): ContainerSpec {
  return ContainerSpec.parse({ ...spec, image: spec.image ?? '' });
}

/** What the agent has done about the container of one replica. */
export const ContainerRecord = z.object({
  resource: ResourceIdField,
  replica: z.number().int().nonnegative(),
  containerId: z.string(),
  /** The command that made or started it last. */
  commandId: z.string(),
  spec: ContainerSpec,
  specDigest: Digest,
  /** When that command had started it; absent while that is not known. */
  startedAt: UnixMs.optional(),
  /** The launch that a command of Vigil ended, and that is not to be started again. */
  keptDown: z.string().optional(),
  /** The container whose place it takes, until that is removed. */
  replaces: z.string().optional(),
  /** The last thing that somebody else has done to it. */
  foreignChange: ForeignChange.optional().catch(undefined),
  /** True when Vigil has not made the container but taken it over. */
  adopted: z.boolean().optional(),
});
export type ContainerRecord = z.infer<typeof ContainerRecord>;
