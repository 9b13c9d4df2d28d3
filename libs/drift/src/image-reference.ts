/** A reference to an image in full: what engines take a short one for. */
export interface ImageReference {
  /** With its registry: `docker.io/library/nginx`. */
  readonly name: string;
  /** `latest` unless another one or a digest is given. A digest decides alone: beside it there is none. */
  readonly tag?: string;
  /** `sha256:…` of the manifest in the registry; it names one image for ever. */
  readonly digest?: string;
}

const DEFAULT_REGISTRY = 'docker.io';
/** Official images of the default registry are written without it. */
const OFFICIAL = 'library';
const REFERENCE = /^(?<name>[^@]+?)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>[^@]+))?$/;

/**
 * Reads a reference as Docker's own "familiar" names are read
 * (https://github.com/distribution/reference, `ParseDockerRef`): the part before the first slash is a
 * registry only when it has a dot or a port or is `localhost`. A text that is none is a name as it is.
 */
export function readImageReference(text: string): ImageReference {
  const { name = text, tag, digest } = REFERENCE.exec(text)?.groups ?? {};
  const full = withRegistry(name);
  if (digest !== undefined) return { name: full, digest };
  return { name: full, tag: tag ?? 'latest' };
}

/** The id of an image on its host, given instead of a name: all of it or its beginning. */
export function isImageId(text: string): boolean {
  return /^sha256:[0-9a-f]{12,64}$/.test(text);
}

/** As people write it: without the default registry and without `library`. */
export function printImageReference({ name, tag, digest }: ImageReference): string {
  const shorter = [`${DEFAULT_REGISTRY}/${OFFICIAL}/`, `${DEFAULT_REGISTRY}/`]
    .filter((prefix) => name.startsWith(prefix))
    .map((prefix) => name.slice(prefix.length));
  // what is left of it may read as something else
  const short = shorter.find((each) => withRegistry(each) === name) ?? name;
  return digest === undefined ? `${short}:${tag ?? 'latest'}` : `${short}@${digest}`;
}

/** In one form, whether it is given by name or by id. */
export function imageName(text: string): string {
  return isImageId(text) ? text : printImageReference(readImageReference(text));
}

function withRegistry(name: string): string {
  const slash = name.indexOf('/');
  if (slash === -1) return `${DEFAULT_REGISTRY}/${OFFICIAL}/${name}`;
  const first = name.slice(0, slash);
  const rest = name.slice(slash + 1);
  const isRegistry = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  if (!isRegistry) return `${DEFAULT_REGISTRY}/${name}`;
  const registry = first === 'index.docker.io' ? DEFAULT_REGISTRY : first;
  const isOfficial = registry === DEFAULT_REGISTRY && !rest.includes('/');
  return isOfficial ? `${registry}/${OFFICIAL}/${rest}` : `${registry}/${rest}`;
}
