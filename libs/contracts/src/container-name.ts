import { resourceIdParts, type ResourceId } from '@vigil/manifests';

/** As long as a host name in DNS may be: engines resolve containers by their names. */
const MAX_LENGTH = 63;

/**
 * The name of the container of a replica: `vigil-<namespace>-<name>-<replica>-<hash>`. The hash is over
 * everything that tells one from another, so that neither two installations on one engine nor two
 * resources whose names were cut meet.
 * @param installation the id of the installation of Vigil, which its agents learn at enrolment
 */
export function containerName(resource: ResourceId, replica: number, installation: string): string {
  const { namespace, name } = resourceIdParts(resource);
  const tail = `-${replica}-${hashOf(JSON.stringify([installation, resource, replica]))}`;
  const stem = `vigil-${namespace}-${name}`.slice(0, MAX_LENGTH - tail.length);
  return `${stem.replace(/[^a-zA-Z0-9]+$/, '')}${tail}`;
}

/** FNV-1a (32 bit) over UTF-16 code units with MurmurHash3's avalanche, as 8 hex digits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0).toString(16).padStart(8, '0');
}
