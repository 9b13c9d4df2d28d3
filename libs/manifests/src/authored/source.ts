import { z } from 'zod';
import { isRefName, isVersionRange } from '../git/ref-name.js';
import { parseRepositoryUrl } from '../git/repository-url.js';
import { NAMESPACE_NAME } from '../names.js';
import { duration, matching, text } from './fields.js';
import { metadataWithoutNamespace } from './metadata.js';
import { envValue, secretRef } from './secret-ref.js';

/** More often than this no forge wants to be asked, milliseconds. */
const MIN_INTERVAL_MS = 1_000;
const MAX_GLOBS = 100;
const MAX_GLOB_LENGTH = 256;

const url = () =>
  text('the URL of a repository').refine((value) => parseRepositoryUrl(value) !== undefined, {
    error:
      'the URL of a repository (https://…, ssh://…, git@HOST:PATH or git://…) without credentials',
  });

const refName = (what: string) => text(what).refine(isRefName, { error: what });

const folder = () => {
  const expected = 'a folder of the repository, such as clusters/shop';
  return text(expected)
    .transform((value) => value.replace(/^\.\//, '').replace(/\/$/, ''))
    .refine((value) => value.split('/').every((part) => !/^$|^\.|\0/.test(part)), {
      error: expected,
    });
};

const globs = () => {
  const expected = `at most ${MAX_GLOB_LENGTH} characters of a pattern such as **/*.yaml`;
  const glob = text(expected).max(MAX_GLOB_LENGTH, { error: expected });
  return z.array(glob).max(MAX_GLOBS, { error: `at most ${MAX_GLOBS} patterns` });
};

/** The form that people write. At most one field of `ref` says what is to be in force. */
export const AuthoredSource = z.strictObject({
  apiVersion: z.literal('vigil.io/v1', { error: '"vigil.io/v1"' }),
  kind: z.literal('Source'),
  metadata: metadataWithoutNamespace(
    matching(NAMESPACE_NAME, 'a name of lower-case letters, digits and "-" (at most 63)'),
    'a source',
  ),
  spec: z.strictObject({
    url: url(),
    ref: z
      .strictObject({
        branch: refName('the name of a branch').optional(),
        tag: refName('the name of a tag').optional(),
        semver: text('a range of versions')
          .refine(isVersionRange, { error: 'a range of versions such as >=1.2 <2 or 1.x' })
          .optional(),
        commit: matching(
          /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
          'the whole id of a commit, 40 or 64 hexadecimal digits (in quotes)',
        ).optional(),
      })
      .default({}),
    path: folder().optional(),
    include: globs().default([]),
    exclude: globs().default([]),
    interval: duration(MIN_INTERVAL_MS).optional(),
    ssh: z.strictObject({ privateKey: secretRef(), knownHosts: envValue() }).optional(),
    https: z
      .strictObject({ username: text('the name of a user').optional(), password: secretRef() })
      .optional(),
    ca: envValue().optional(),
    verify: z.literal('required', { error: 'required' }).optional(),
    signers: z.strictObject({ gpg: envValue().optional(), ssh: envValue().optional() }).optional(),
    webhook: z.strictObject({ secret: secretRef() }).optional(),
  }),
});
export type AuthoredSource = z.output<typeof AuthoredSource>;
