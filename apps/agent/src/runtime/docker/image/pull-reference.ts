import { readImageReference } from '@vigil/drift';

/** What the engine is asked to fetch: exactly one image, never all tags of a repository. */
export function pullReference(reference: string): string {
  const { name, tag, digest } = readImageReference(reference);
  return digest === undefined ? `${name}:${tag ?? 'latest'}` : `${name}@${digest}`;
}

/** The registry that has the image: `docker.io` when the reference names none. */
export function registryOf(reference: string): string {
  const { name } = readImageReference(reference);
  return name.slice(0, name.indexOf('/'));
}
