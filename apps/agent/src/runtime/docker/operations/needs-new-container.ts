import { needsNewLaunch } from '@vigil/drift';
import { Service } from '@vigil/manifests';
import { ContainerSpec } from '../../../state/container-record.js';

/**
 * True when a container that was made by `before` has to be made anew to be as the manifest says; undefined
 * when what it was made by is not understood any more.
 */
export function needsNewContainer(before: ContainerSpec, service: Service): boolean | undefined {
  const others = Object.entries(service.spec).filter(([name]) => !(name in ContainerSpec.shape));
  const spec = { ...Object.fromEntries(others), ...before };
  const previous = Service.safeParse({ ...service, spec }).data;
  return previous && needsNewLaunch(previous, service);
}
