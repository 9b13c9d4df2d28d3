/**
 * Kubernetes' rules for names and labels
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/names and …/labels).
 */

/** A DNS subdomain (RFC 1123) of at most 253 characters: names of resources. */
export const RESOURCE_NAME =
  /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** A DNS label (RFC 1123) of at most 63 characters: namespaces. */
export const NAMESPACE_NAME = /^(?=.{1,63}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

/** `name` or `prefix/name`; the prefix is a DNS subdomain, the name has at most 63 characters. */
export const LABEL_KEY =
  /^(?:(?=[^/]{1,253}\/)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\/)?(?=[^/]{1,63}$)[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** At most 63 characters, or empty. */
export const LABEL_VALUE = /^(?=.{0,63}$)(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** Labels that Vigil itself puts on what it manages. */
export const RESERVED_LABEL_PREFIX = 'vigil.io/';

/** Names of hosts, as agents report them: also with capitals and underscores. */
export const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;

/** Labels of hosts become labels of samples, whose names Prometheus has settled. */
export const HOST_LABEL_KEY = /^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/;

/**
 * Names of environment variables: printable ASCII without `=`, as Kubernetes has them too
 * (`IsRelaxedEnvVarName`). Programs in containers use more than POSIX's letters: `discovery.type`.
 */
export const ENV_NAME = /^[ -<>-~]+$/;
