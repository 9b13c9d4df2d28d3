import { RESTART_POLICY } from '@vigil/drift';
import type { ContainerSpec } from '../../../state/container-record.js';
import type { InspectedContainer } from '../engine/engine-answers.js';
import { nanoCpus } from './create-options.js';

/** The period that the engine itself counts a share of a core in, in microseconds. */
const CPU_PERIOD = 100_000;

/** The body of `POST /containers/{id}/update`. */
export type UpdateOptions = Readonly<Record<string, number | { readonly Name: string }>>;

/**
 * What has to be changed of a living container so that it has the limits of the manifest and Vigil's
 * restart policy; undefined when nothing has. A limit that the manifest does not set is left as it is:
 * the engine cannot take one away.
 * @param isAdopted keeps the restart policy that it has
 */
export function updateOptions(
  { host }: Pick<InspectedContainer, 'host'>,
  { resources }: Pick<ContainerSpec, 'resources'>,
  isAdopted = false,
): UpdateOptions | undefined {
  const changes: UpdateOptions = {
    ...cpuChange(host, resources?.cpuCores),
    ...memoryChange(host, resources?.memoryBytes),
    ...(isAdopted || host.restartPolicy.name === RESTART_POLICY
      ? {}
      : { RestartPolicy: { Name: RESTART_POLICY } }),
  };
  return Object.keys(changes).length === 0 ? undefined : changes;
}

/** The engine has two ways to say the same, and does not let one be changed into the other. */
function cpuChange(host: InspectedContainer['host'], cores: number | undefined): UpdateOptions {
  if (cores === undefined || cpuCoresOf(host) === cores) return {};
  if (host.cpuQuota === 0) return { NanoCpus: nanoCpus(cores) };
  return { CpuPeriod: CPU_PERIOD, CpuQuota: Math.round(cores * CPU_PERIOD) };
}

/** Memory with swap is limited too, to twice as much as the engine does by itself. */
function memoryChange(host: InspectedContainer['host'], bytes: number | undefined): UpdateOptions {
  return bytes === undefined || host.memory === bytes
    ? {}
    : { Memory: bytes, MemorySwap: host.memorySwap === -1 ? -1 : 2 * bytes };
}

/** Undefined when it is not limited. */
export function cpuCoresOf(host: InspectedContainer['host']): number | undefined {
  if (host.nanoCpus > 0) return host.nanoCpus / 1e9;
  if (host.cpuQuota > 0) {
    return host.cpuQuota / (host.cpuPeriod > 0 ? host.cpuPeriod : CPU_PERIOD);
  }
  return undefined;
}
