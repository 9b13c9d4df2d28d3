import { z } from 'zod';
import { ObservedContainer } from './container.js';
import { ObservedConfig } from './state-observed.js';

/** Fields of a container that say nothing of its own: they repeat its image, or its engine's default. */
export const InheritedField = z.enum(['command', 'entrypoint', 'user', 'workingDir', 'logging']);
export type InheritedField = z.infer<typeof InheritedField>;

/** A check that the engine itself carries out on a container (`HEALTHCHECK`), with its defaults. */
export const EngineHealthCheck = z.object({
  /** As it is run in the container. */
  command: z.array(z.string()).min(1),
  intervalMs: z.number().int().nonnegative(),
  timeoutMs: z.number().int().nonnegative(),
  startPeriodMs: z.number().int().nonnegative(),
  /** Failures in a row after which the container is unhealthy. */
  retries: z.number().int().positive(),
});
export type EngineHealthCheck = z.infer<typeof EngineHealthCheck>;

/** What Compose has written on a container that it made. */
export const ComposeOrigin = z.object({
  project: z.string(),
  service: z.string(),
  /** From 1, among the containers of the service. */
  number: z.number().int(),
  dependsOn: z.array(z.object({ service: z.string(), condition: z.string() })),
});
export type ComposeOrigin = z.infer<typeof ComposeOrigin>;

/** A container that runs on a host and that no Vigil manages, for whoever writes a manifest for it. */
export const DescribedContainer = z.object({
  /**
   * As it would be told of a replica. Variables that its image does not bring along are the files of
   * the host which hold their values now, or digests where a file cannot hold the value.
   */
  config: ObservedConfig.omit({ healthCheck: true }).extend({ container: ObservedContainer }),
  inherited: z.array(InheritedField),
  /** Of each variable in `config.env`: equal for equal values on this host, and on no other. */
  digests: z.record(z.string(), z.string()),
  /** Between its stop signal and SIGKILL; absent: the engine's default. */
  stopGracePeriodMs: z.number().int().nonnegative().optional(),
  healthCheck: EngineHealthCheck.optional(),
  compose: ComposeOrigin.optional(),
  /** What no manifest can say of it, for people: `privileged mode`, `device /dev/fuse`. */
  unsayable: z.array(z.string().max(512)).max(200),
});
export type DescribedContainer = z.infer<typeof DescribedContainer>;

/** The containers of a host that manifests may take over. */
export const HostDescription = z.object({
  containers: z.array(DescribedContainer),
  /** Containers that cannot be described, and why. */
  refused: z.array(z.object({ name: z.string(), why: z.string() })),
  /** Names of those for which there was no room, or no time: they have to be asked for by name. */
  omitted: z.array(z.string()),
});
export type HostDescription = z.infer<typeof HostDescription>;

/** What an agent answers to the question what runs on its host. */
export const DescriptionOutcome = z.discriminatedUnion('status', [
  HostDescription.extend({ status: z.literal('described') }),
  z.object({
    status: z.literal('failed'),
    /**
     * `no-engine`: the host has none; `engine-away`: it does not answer; `busy`: another description is
     * being made; `not-allowed`: the host does not let containers be taken over.
     */
    code: z.enum(['no-engine', 'engine-away', 'busy', 'not-allowed', 'failed']),
    /** For people. */
    message: z.string().max(2048),
  }),
]);
export type DescriptionOutcome = z.infer<typeof DescriptionOutcome>;
