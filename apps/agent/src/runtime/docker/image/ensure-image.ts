import type { ExactImage } from '@vigil/contracts';
import { isImageId, isSameImage, printImage, readImageReference } from '@vigil/drift';
import type { ContainerSpec } from '../../../state/container-record.js';
import { readSecret } from '@vigil/config';
import type { PullProgress } from '../engine/engine-answers.js';
import { EngineRefusal } from '../engine/engine-error.js';
import type { Engine, RegistryCredentials } from '../engine/engine.js';
import { PullReport } from './pull-report.js';
import { pullReference, registryOf } from './pull-reference.js';
import { credentialsFor } from './registry-credentials.js';

type Failure = { readonly status: 'failed'; readonly code: string; readonly message: string };

/** `reference`: by which the engine has it now. */
export type ImageOutcome =
  { readonly status: 'present' | 'pulled'; readonly reference: string } | Failure;

type Wanted = Pick<ContainerSpec, 'image' | 'pullPolicy' | 'imagePullSecret'>;
type OnProgress = (progress: string) => void;

/**
 * Sees to it that the image of a manifest is on this host, as its `pullPolicy` wants it.
 * @param onProgress told what is being fetched, for people; at most once a second
 */
export async function ensureImage(
  engine: Engine,
  spec: Wanted,
  onProgress: OnProgress,
): Promise<ImageOutcome> {
  const { image, pullPolicy = 'IfNotPresent' } = spec;
  const isPresent = (await engine.inspectImage(image)) !== undefined;
  if (isPresent && pullPolicy !== 'Always') return { status: 'present', reference: image };
  // an id names what is on this host, and nothing in any registry
  if (pullPolicy === 'Never' || image.startsWith('sha256:')) {
    return isPresent
      ? { status: 'present', reference: image }
      : failed('no-image', `the image ${image} is not on this host, and is not to be pulled`);
  }
  return pull(engine, spec, image, onProgress);
}

/**
 * Sees to it that the first of these images that can be had is on this host. They are what ran before:
 * the name in the manifest may be that of another image by now, so that it is not asked for.
 */
export async function ensureOneOf(
  engine: Engine,
  images: readonly ExactImage[],
  spec: Wanted,
  onProgress: OnProgress,
): Promise<ImageOutcome> {
  const named = await engine.inspectImage(spec.image);
  let failure: Failure | undefined;
  for (const image of images) {
    if (named !== undefined && isSameImage(image, named)) {
      return { status: 'present', reference: spec.image };
    }
    const outcome = await ensureExact(engine, image, spec, onProgress);
    if (outcome.status !== 'failed') return outcome;
    failure ??= outcome;
  }
  return failure ?? failed('no-image', 'it is not said which image it is to be');
}

async function ensureExact(
  engine: Engine,
  { id, repoDigests }: ExactImage,
  spec: Wanted,
  onProgress: OnProgress,
): Promise<ImageOutcome> {
  for (const reference of [id, ...repoDigests]) {
    if ((await engine.inspectImage(reference)) !== undefined) {
      return { status: 'present', reference };
    }
  }
  const ran = printImage(spec.image, id);
  const digest = spec.pullPolicy === 'Never' ? undefined : ofRepository(repoDigests, spec.image);
  if (digest === undefined) {
    const why = 'it is not on this host any more, and there is no registry to fetch it from';
    return failed('image-gone', `the image that ran before, ${ran}, cannot be had: ${why}`);
  }
  const outcome = await pull(engine, spec, digest, onProgress);
  if (outcome.status !== 'failed') return outcome;
  const message = `the image that ran before, ${ran}, cannot be had: ${outcome.message}`;
  return failed(outcome.code, message);
}

/** Under the name of the manifest if it is known under that, else under any. */
function ofRepository(repoDigests: readonly string[], image: string): string | undefined {
  const nameOf = (reference: string) => readImageReference(reference).name;
  const own = isImageId(image) ? undefined : nameOf(image);
  return repoDigests.find((digest) => nameOf(digest) === own) ?? repoDigests[0];
}

async function pull(
  engine: Engine,
  { imagePullSecret }: Wanted,
  image: string,
  onProgress: OnProgress,
): Promise<ImageOutcome> {
  const credentials = await credentialsOf({ image, imagePullSecret });
  if ('problem' in credentials) return failed('pull-secret', credentials.problem);
  const report = new PullReport(image, onProgress);
  try {
    await engine.pull(pullReference(image), credentials.found, (line: PullProgress) =>
      report.take(line),
    );
    return { status: 'pulled', reference: image };
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error;
    return failed('pull-failed', `the image ${image} could not be pulled: ${error.message}`);
  }
}

async function credentialsOf({
  image,
  imagePullSecret,
}: {
  readonly image: string;
  readonly imagePullSecret: Wanted['imagePullSecret'];
}): Promise<{ readonly found: RegistryCredentials | undefined } | { readonly problem: string }> {
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

function failed(code: string, message: string): Failure {
  return { status: 'failed', code, message };
}
