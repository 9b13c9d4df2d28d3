import { Service } from '@vigil/manifests';
import { z } from 'zod';
import { ExactImages } from './container.js';
import { Digest, ResourceIdField } from './fields.js';

/**
 * What must hold on the host right before the operation, or it is not carried out.
 * `absent`: no live replica of this number; `instance`: the live replica is this launch.
 */
export const Precondition = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('instance'), instance: z.string() }),
  /** For a person's own request and for cleaning up: whatever is there. */
  z.object({ kind: z.literal('any') }),
]);
export type Precondition = z.infer<typeof Precondition>;

const replica = {
  resource: ResourceIdField,
  replica: z.number().int().nonnegative(),
  precondition: Precondition,
};
const desired = {
  service: Service,
  specDigest: Digest,
  /**
   * A container is to run one of these, the first that can be had, and not what the image's name in
   * the manifest names by now. Absent: what it names.
   */
  images: ExactImages.optional(),
};

/** One step that an agent carries out on one replica. */
export const Operation = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), ...replica, ...desired }),
  /** `forget`: the replica is no longer wanted here and disappears from snapshots. */
  z.object({
    kind: z.literal('stop'),
    ...replica,
    gracePeriodMs: z.number().int().nonnegative(),
    forget: z.boolean(),
  }),
  /**
   * Stop (SIGTERM, SIGKILL after `gracePeriodMs`; SIGKILL at once in process state T) and start
   * again with the given manifest, keeping the assigned host port when it still can.
   */
  z.object({
    kind: z.literal('restart'),
    ...replica,
    ...desired,
    gracePeriodMs: z.number().int().nonnegative(),
  }),
  /** Takes over a manifest whose changes need no restart (check, remediation, labels). */
  z.object({ kind: z.literal('reconfigure'), ...replica, ...desired }),
  /**
   * Takes a container that no installation of Vigil has made over as the replica, whether it runs or
   * not: it is looked after from now on. Nothing on the host is changed.
   */
  z.object({ kind: z.literal('adopt'), ...replica, ...desired, container: z.string() }),
  /** Takes `adopt` back: what was taken over runs on, and is not looked after any more. */
  z.object({ kind: z.literal('release'), ...replica }),
]);
export type Operation = z.infer<typeof Operation>;
