import { canonicalJson, type Service } from '@vigil/manifests';

/**
 * True when a replica cannot tell by which of the two manifests it was made: they differ at most in what
 * Vigil itself goes by, such as `remediation.mode`. Nothing is asked of replicas after such a change, so
 * that they go on showing the digest of the older one.
 */
export function makesTheSame(one: Service, other: Service): boolean {
  return canonicalJson(ofReplica(one)) === canonicalJson(ofReplica(other));
}

function ofReplica({ spec }: Service) {
  const {
    placement: _placement,
    replicas: _replicas,
    scale: _scale,
    adopt: _adopt,
    dependsOn: _dependsOn,
    remediation: _remediation,
    drift: _drift,
    prune: _prune,
    ...made
  } = spec;
  return made;
}
