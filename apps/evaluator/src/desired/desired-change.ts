import type { ResourceId } from '@vigil/manifests';
import type { Revision } from './revision.js';

/** What changed, so that only that is evaluated again. */
export interface DesiredChange {
  readonly resources: ReadonlySet<ResourceId>;
  readonly policies: boolean;
  /** Labels of hosts: any resource may belong elsewhere now. */
  readonly hosts: boolean;
}

export const NO_CHANGE: DesiredChange = { resources: new Set(), policies: false, hosts: false };

/** What a source declares differently. */
export function differenceOf(
  before: Revision | undefined,
  after: Revision | undefined,
): DesiredChange {
  const resources = new Set<ResourceId>();
  let policies = false;
  let hosts = false;
  const modeChanged = before?.pointer.mode !== after?.pointer.mode;
  const ids = new Set([
    ...(before?.declarations.keys() ?? []),
    ...(after?.declarations.keys() ?? []),
  ]);
  for (const id of ids) {
    const old = before?.declarations.get(id);
    const fresh = after?.declarations.get(id);
    if (old?.digest === fresh?.digest && !modeChanged) continue;
    const kind = (fresh ?? old)?.manifest.kind;
    // what a source brings changes by itself
    if (kind === 'Source') continue;
    if (kind === 'Policy') policies = true;
    else resources.add(id);
    hosts ||= kind === 'Host';
  }
  return { resources, policies, hosts };
}

/** Several changes as one. */
export function mergeChanges(changes: readonly DesiredChange[]): DesiredChange {
  if (changes.length === 0) return NO_CHANGE;
  return {
    resources: new Set(changes.flatMap((change) => [...change.resources])),
    policies: changes.some((change) => change.policies),
    hosts: changes.some((change) => change.hosts),
  };
}
