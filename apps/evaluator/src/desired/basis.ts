import type { ActionRequest, Override } from '@vigil/contracts';
import type { DesiredView } from './desired-state.js';

/** The desired state that a decision rests on; undefined while it is unknown. */
export function basisOf(view: DesiredView, override: Override | undefined): ActionRequest['basis'] {
  if (view.status === 'unknown') return undefined;
  const overrides = override?.stopped === true || override?.replicas !== undefined;
  return {
    declaredDigest: view.status === 'declared' ? view.declared.digest : null,
    overrideBy: overrides ? override.actionId : null,
    ...(overrides && override.expiresAt !== undefined
      ? { overrideExpiresAt: override.expiresAt }
      : {}),
  };
}
