/** `namespace/Kind/name`, for example `production/Service/web`. Kinds are written as in the manifest. */
export type ResourceId = string & { readonly __brand: 'ResourceId' };

export interface ResourceIdParts {
  namespace: string;
  kind: string;
  name: string;
}

const SEGMENT = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;

/** Builds the id of a resource from its parts; the caller has validated them. */
export function resourceId(parts: ResourceIdParts): ResourceId {
  return `${parts.namespace}/${parts.kind}/${parts.name}` as ResourceId;
}

/**
 * Reads `namespace/kind/name`, or `namespace/name` for a Service. The kind is accepted in any case
 * and returned as manifests write it (`service` becomes `Service`). Returns undefined for anything else.
 */
export function parseResourceId(text: string): ResourceId | undefined {
  const segments = text.split('/');
  if (!segments.every((segment) => SEGMENT.test(segment))) return undefined;
  const [namespace, second, third] = segments;
  if (namespace === undefined || second === undefined) return undefined;
  if (segments.length === 2) return resourceId({ namespace, kind: 'Service', name: second });
  if (segments.length !== 3 || third === undefined) return undefined;
  return resourceId({ namespace, kind: canonicalKind(second), name: third });
}

/** Splits an id that {@link resourceId} or {@link parseResourceId} made. */
export function resourceIdParts(id: ResourceId): ResourceIdParts {
  const [namespace = '', kind = '', name = ''] = id.split('/');
  return { namespace, kind, name };
}

const KINDS = ['Service', 'Policy', 'Host', 'Source'] as const;

function canonicalKind(kind: string): string {
  return KINDS.find((known) => known.toLowerCase() === kind.toLowerCase()) ?? kind;
}
