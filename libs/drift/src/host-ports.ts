import type { Service } from '@vigil/manifests';
import { usesHostNetwork } from './container-fields.js';

/**
 * A host port that the manifest fixes can be bound once per host. Without the container's own network
 * that includes the port of a check that is not among the declared ports.
 */
export function hasFixedHostPort(service: Service): boolean {
  const { spec } = service;
  const isBound = usesHostNetwork(spec) ? () => true : isFixed;
  return spec.ports.some(isBound) || fixedHostPorts(service).size > 0;
}

function isFixed({ hostPort }: Service['spec']['ports'][number]): boolean {
  return hostPort !== undefined;
}

/**
 * The TCP ports of its host that each replica needs for itself on every address: who has one of them is
 * in its way. Of UDP and of single addresses nobody tells what is taken.
 */
export function fixedHostPorts({ spec }: Service): ReadonlySet<number> {
  const { ports, healthCheck: check } = spec;
  const onHost = usesHostNetwork(spec);
  const fixed = new Set(
    ports
      .filter(({ protocol, hostAddress }) => protocol !== 'udp' && hostAddress === undefined)
      .flatMap(({ port, hostPort }) => (onHost ? [port] : (hostPort ?? []))),
  );
  const isCheckOnHost = spec.runtime === 'process' || onHost;
  if (isCheckOnHost && check !== undefined && check.kind !== 'exec') {
    if (!ports.some(({ port }) => port === check.port)) fixed.add(check.port);
  }
  return fixed;
}
