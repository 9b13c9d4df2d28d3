import type { ActionRequest } from '@vigil/contracts';

/**
 * Who wants an action. `operator`: a person; `repair`: state is missing, wrong or hung (also when a
 * policy asks for the same); `policy`: only policies do.
 */
export type ActionKind = 'operator' | 'repair' | 'policy';

export function kindOf(request: Pick<ActionRequest, 'operator' | 'causes'>): ActionKind {
  if (request.operator !== undefined) return 'operator';
  return request.causes.some((cause) => cause.kind === 'drift') ? 'repair' : 'policy';
}

/** Who is named in the log for what the remediator does by itself. */
export const REMEDIATOR_ACTOR = 'remediator';

/** Who asked: a person, or the part of Vigil that decided. */
export function requesterOf(request: Pick<ActionRequest, 'operator'>): string {
  return request.operator === undefined ? 'evaluator' : request.operator.actor;
}
