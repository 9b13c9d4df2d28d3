import { Logging } from '@vigil/manifests';
import { z } from 'zod';
import { UnixMs } from './fields.js';

/** A value that does not leave its host: the same value has the same digest there, and nowhere else. */
export const KeyedDigest = z.object({ digest: z.string().min(16) });
export type KeyedDigest = z.infer<typeof KeyedDigest>;

/** Something of the host or of the engine that a container sees under a path. */
export const ObservedMount = z.object({
  /** A volume's name, or an absolute path of the host. */
  source: z.string(),
  target: z.string(),
  readOnly: z.boolean(),
});
export type ObservedMount = z.infer<typeof ObservedMount>;

/** Exactly one image, whatever its tags name by now. */
export const ExactImage = z.object({
  /** `sha256:…` of the image on the host that ran it. */
  id: z.string(),
  /** `name@sha256:…` of it, as registries know it. */
  repoDigests: z.array(z.string()),
});
export type ExactImage = z.infer<typeof ExactImage>;

/** So many images of one manifest can be good at the same time. */
export const MAX_EXACT_IMAGES = 16;

/** Any of these. */
export const ExactImages = z.array(ExactImage).min(1).max(MAX_EXACT_IMAGES);

/**
 * What the engine says of a container beyond what any replica has. Nothing of it repeats what its
 * image brings along: labels of the image are not among `labels`, nor its variables among the
 * replica's `env`. Quantities are in cores and bytes; lists whose order means nothing are sorted.
 */
export const ObservedContainer = z.object({
  /** The engine's id of the container. */
  id: z.string(),
  name: z.string(),
  image: z.object({
    /** As it was given when the container was created; of one made by an exact image, the manifest's. */
    reference: z.string(),
    /** `sha256:…` of the image that the container was made from. */
    id: z.string(),
    /** What `reference` names on the host now; absent when it names nothing any more. */
    currentId: z.string().optional(),
    /** `name@sha256:…` of the image that the container was made from, as registries know it. */
    repoDigests: z.array(z.string()),
  }),
  /** The one that runs, also when it is the image's. The replica's `command` is what follows it. */
  entrypoint: z.array(z.string()),
  mounts: z.array(ObservedMount),
  networks: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  capabilities: z.object({ add: z.array(z.string()), drop: z.array(z.string()) }),
  readOnly: z.boolean(),
  logging: Logging,
  resources: z.object({
    cpuCores: z.number().positive().optional(),
    memoryBytes: z.number().positive().optional(),
  }),
  /** The engine's own; what Vigil manages has `unless-stopped`. */
  restartPolicy: z.string(),
  /** True when it was not made by Vigil but taken over as it was. */
  adopted: z.boolean().optional(),
});
export type ObservedContainer = z.infer<typeof ObservedContainer>;

/** The last thing that was done to a replica and not by Vigil, as far as the host can tell. */
export const ForeignChange = z.object({
  at: UnixMs,
  /** In the words of the host, for people: `kill (signal 9)`, `update`, `destroy`. */
  what: z.string().max(256),
});
export type ForeignChange = z.infer<typeof ForeignChange>;

/** Something of a runtime that runs or keeps a name or a port, and that Vigil does not manage. */
export const UnmanagedContainer = z.object({
  id: z.string(),
  name: z.string(),
  image: z.string(),
  /** Empty unless it runs. */
  hostPorts: z.array(z.number().int()),
  /** True when it belongs to no installation of Vigil: a manifest may take it over. */
  adoptable: z.boolean().optional(),
  /** True when it does not run. */
  stopped: z.boolean().optional(),
});
export type UnmanagedContainer = z.infer<typeof UnmanagedContainer>;
