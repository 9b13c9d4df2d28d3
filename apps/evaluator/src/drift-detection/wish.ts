import type { ActionTarget, Cause } from '@vigil/contracts';
import type { ActionName, Mode } from '@vigil/manifests';

/** An action that one cause asks for. Wishes for the same action become one request. */
export interface Wish {
  readonly kind: 'wish';
  readonly action: ActionName;
  readonly cause: Cause;
  readonly correlationId: string;
  readonly mode: Mode;
  readonly targets: readonly ActionTarget[];
  /** The targets are just all replicas, because the cause names none. */
  readonly broad: boolean;
  /** With `scale`: the wanted number of replicas. */
  readonly replicas?: number;
}

/** A cause that asks for nothing now, and why. */
export interface Abstention {
  readonly kind: 'abstention';
  readonly cause: Cause;
  readonly correlationId: string;
  readonly code: string;
  readonly message: string;
  /** When time alone makes it ask for something. */
  readonly nextAttemptAt?: number;
}

export type Intention = Wish | Abstention;

/** Missing or wrong state before health, health before policies (DESIGN 3.6). */
export function rankOf(wish: Wish): number {
  if (wish.cause.kind === 'policy') return 4;
  switch (wish.action) {
    case 'adopt':
    case 'start':
      return 0;
    case 'stop':
      return 1;
    case 'update':
      return 2;
    case 'restart':
    case 'scale':
    case 'notify':
      return 3;
  }
}

const MODES: readonly Mode[] = ['off', 'observe', 'approve', 'auto'];

/** The strictest of the modes that are set; `auto` when none is. */
export function strictestMode(...modes: readonly (Mode | undefined)[]): Mode {
  return MODES.find((mode) => modes.includes(mode)) ?? 'auto';
}
