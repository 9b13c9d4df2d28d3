import { parseResourceId, type ResourceId } from '@vigil/manifests';

/** What Vigil writes on its containers begins with this; nobody else's labels do. */
const PREFIX = 'vigil.io/';

/** The installation: two on one engine never touch each other's containers. */
export const INSTANCE_LABEL = `${PREFIX}instance`;
const RESOURCE_LABEL = `${PREFIX}resource`;
const REPLICA_LABEL = `${PREFIX}replica`;
/** Digest of the manifest that the container was made with. */
export const SPEC_LABEL = `${PREFIX}spec`;
/** The image's name in the manifest, on a container that was made from exactly one image instead. */
const IMAGE_LABEL = `${PREFIX}image`;

export interface ReplicaId {
  readonly resource: ResourceId;
  readonly replica: number;
}

export function trackingLabels(
  installation: string,
  { resource, replica }: ReplicaId,
  specDigest: string,
): Record<string, string> {
  return {
    [INSTANCE_LABEL]: installation,
    [RESOURCE_LABEL]: resource,
    [REPLICA_LABEL]: String(replica),
    [SPEC_LABEL]: specDigest,
  };
}

/** The replica that a container of this installation is; undefined for any other container. */
export function replicaOf(
  labels: Readonly<Record<string, string>>,
  installation: string,
): ReplicaId | undefined {
  if (labels[INSTANCE_LABEL] !== installation) return undefined;
  const resource = parseResourceId(labels[RESOURCE_LABEL] ?? '');
  const replica = labels[REPLICA_LABEL] ?? '';
  if (resource === undefined || !/^\d{1,9}$/.test(replica)) return undefined;
  return { resource, replica: Number(replica) };
}

/** Says what the manifest names, where a container is made from something else. */
export function imageLabels(named: string, image: string): Record<string, string> {
  return named === image ? {} : { [IMAGE_LABEL]: named };
}

/** The image as the manifest named it when the container was made. */
export function namedImage(config: {
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}): string {
  return config.labels[IMAGE_LABEL] ?? config.image;
}

/** True for what an installation of Vigil has made, be it this one or another. */
export function isOfVigil(labels: Readonly<Record<string, string>>): boolean {
  return labels[INSTANCE_LABEL] !== undefined;
}

/** Without Vigil's own, and without those that the image brings along. */
export function declaredLabels(
  labels: Readonly<Record<string, string>>,
  ofImage: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([name, value]) => !name.startsWith(PREFIX) && ofImage[name] !== value)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
