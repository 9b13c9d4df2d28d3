import type { ResourceMemory } from '@vigil/contracts';
import type { Mode } from '@vigil/manifests';
import type { DesiredView } from '../desired/desired-state.js';
import { strictestMode } from './wish.js';

/**
 * What Git allows now, also while the resource is held at an older manifest: that one says what to run,
 * not what Vigil may do. Of what left Git, what its last manifest allowed; undefined when nobody knows.
 */
export function modeOf(
  view: DesiredView,
  memory: Pick<ResourceMemory, 'mode'> | undefined,
): Mode | undefined {
  if (view.status !== 'declared') return memory?.mode;
  const { sourceMode, service } = view.declared;
  return strictestMode(sourceMode, service.spec.remediation.mode);
}
