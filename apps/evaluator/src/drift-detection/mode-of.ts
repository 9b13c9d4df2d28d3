import type { Mode } from '@vigil/manifests';
import type { DesiredView } from '../desired/desired-state.js';
import { strictestMode } from './wish.js';

/**
 * What Git allows now, also while the resource is held at an older manifest: that one says what to run,
 * not what Vigil may do.
 */
export function modeOf(view: DesiredView): Mode {
  if (view.status !== 'declared') return strictestMode();
  const { sourceMode, service } = view.declared;
  return strictestMode(sourceMode, service.spec.remediation.mode);
}
