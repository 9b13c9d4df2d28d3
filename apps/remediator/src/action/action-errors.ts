import { VigilError } from '@vigil/service';

/** A state was to follow one that it may not follow. The code that asked for it is wrong. */
export class IllegalTransition extends VigilError {
  readonly code = 'action.illegal_transition';
  readonly disposition = 'reject';
}

/** The entries of an action's log do not fit together: one is missing or of another action. */
export class BrokenActionLog extends VigilError {
  readonly code = 'action.broken_log';
  readonly disposition = 'reject';
}
