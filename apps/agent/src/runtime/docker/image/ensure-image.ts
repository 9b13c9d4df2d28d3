import type { ContainerSpec } from '../../../state/container-record.js';
import { readSecret } from '../../read-secret.js';
import type { PullProgress } from '../engine/engine-answers.js';
import { EngineRefusal } from '../engine/engine-error.js';
import type { Engine, RegistryCredentials } from '../engine/engine.js';
import { PullReport } from './pull-report.js';
import { pullReference, registryOf } from './pull-reference.js';
import { credentialsFor } from './registry-credentials.js';

export type ImageOutcome =
  | { readonly status: 'present' }
  | { readonly status: 'pulled' }
  | { readonly status: 'failed'; readonly code: string; readonly message: string };

/**
 * Sees to it that the image of a manifest is on this host, as its `pullPolicy` wants it.
 * @param onProgress told what is being fetched, for people; at most once a second
 */
export async function ensureImage(
  engine: Engine,
  spec: Pick<ContainerSpec, 'image' | 'pullPolicy' | 'imagePullSecret'>,
  onProgress: (progress: string) => void,
): Promise<ImageOutcome> {
  const policy = spec.pullPolicy ?? 'IfNotPresent';
  const isPresent = (await engine.inspectImage(spec.image)) !== undefined;
  if (isPresent && policy !== 'Always') return { status: 'present' };
  // an id names what is on this host, and nothing in any registry
  if (policy === 'Never' || spec.image.startsWith('sha256:')) {
    return isPresent
      ? { status: 'present' }
      : failed('no-image', `the image ${spec.image} is not on this host, and is not to be pulled`);
  }
  const credentials = await credentialsOf(spec);
  if ('problem' in credentials) return failed('pull-secret', credentials.problem);
  const report = new PullReport(spec.image, onProgress);
  try {
    await engine.pull(pullReference(spec.image), credentials.found, (line: PullProgress) =>
      report.take(line),
    );
    return { status: 'pulled' };
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error;
    return failed('pull-failed', `the image ${spec.image} could not be pulled: ${error.message}`);
  }
}

async function credentialsOf({
  image,
  imagePullSecret,
}: Pick<ContainerSpec, 'image' | 'imagePullSecret'>): Promise<
  { readonly found: RegistryCredentials | undefined } | { readonly problem: string }
> {
  if (imagePullSecret === undefined) return { found: undefined };
  const { file } = imagePullSecret.secretRef;
  const read = await readSecret(file);
  if ('problem' in read) return read;
  const outcome = credentialsFor(registryOf(image), read.value);
  switch (outcome.status) {
    case 'found':
      return { found: outcome.credentials };
    case 'none':
      return { found: undefined };
    case 'refused':
      return { problem: `the secret file ${file}: ${outcome.message}` };
  }
}

function failed(code: string, message: string): ImageOutcome {
  return { status: 'failed', code, message };
}
