import { z } from 'zod';
import { EnvValue, Metadata, SecretRef } from './service.js';

/** What of a repository is to be in force. */
export const GitRef = z.union([
  z.strictObject({ branch: z.string() }),
  z.strictObject({ tag: z.string() }),
  /** The highest version among the tags that lies in the range. */
  z.strictObject({ semver: z.string() }),
  z.strictObject({ commit: z.string() }),
  /** The branch that the repository itself names: its HEAD. */
  z.strictObject({ head: z.literal(true) }),
]);
export type GitRef = z.infer<typeof GitRef>;

/**
 * Canonical form of a `kind: Source` manifest: a repository whose manifests are in force beside all
 * others. Its name is that of the source; its namespace is always the default one.
 */
export const Source = z.strictObject({
  apiVersion: z.literal('vigil.io/v1'),
  kind: z.literal('Source'),
  metadata: Metadata,
  spec: z.strictObject({
    url: z.string(),
    ref: GitRef,
    /** A folder, relative and with slashes; without it the whole repository. */
    path: z.string().optional(),
    /** Globs below the folder; without any, every manifest counts. */
    include: z.array(z.string()),
    /** Globs below the folder, stronger than `include`. */
    exclude: z.array(z.string()),
    /** How often it is looked at when nothing announces a commit; without it as the service is set. */
    intervalMs: z.number().optional(),
    ssh: z.strictObject({ privateKey: SecretRef, knownHosts: EnvValue }).optional(),
    https: z.strictObject({ username: z.string().optional(), password: SecretRef }).optional(),
    /** Only commits that one of the signers has signed come into force. */
    verify: z.literal('required').optional(),
    /** Public keys: armored ones of GPG, and lines of `allowed_signers` of SSH. */
    signers: z.strictObject({ gpg: EnvValue.optional(), ssh: EnvValue.optional() }).optional(),
    /** What forges that tell of pushes sign with. */
    webhook: z.strictObject({ secret: SecretRef }).optional(),
    /** Certificates to trust instead of those of the machine, PEM. */
    ca: EnvValue.optional(),
  }),
});
export type Source = z.infer<typeof Source>;
