import type { Command, Operation } from '@vigil/contracts';
import type { Runtime } from '@vigil/manifests';
import type { AgentState } from '../state/agent-state.js';
import type { Refusal, RefusalCode } from './verify-command.js';

export type OperationKind = Operation['kind'];

/** What decides whether a genuine command may be carried out now. */
export interface Admission {
  readonly state: Pick<AgentState, 'hasNonce' | 'highestToken' | 'stopped'>;
  /** The operations that this host's own configuration allows. */
  readonly allowed: ReadonlySet<OperationKind>;
  /** Those that this host has. */
  readonly runtimes: ReadonlySet<Runtime>;
}

export const STOPPED: Refusal = { code: 'stopped', message: 'stop-the-world is in force' };

/** Why a genuine command that was never seen before is refused; undefined when it is carried out. */
export function refusalOf(
  command: Command,
  { state, allowed, runtimes }: Admission,
): Refusal | undefined {
  const { operation, fencingToken, nonce, resource } = command;
  if (state.hasNonce(nonce)) return refuse('replayed', 'another command had the same nonce');
  const highest = state.highestToken(resource);
  if (fencingToken < highest) {
    return refuse(
      'stale-token',
      `found fencing token ${fencingToken}, expected at least ${highest}`,
    );
  }
  if (state.stopped) return STOPPED;
  if (!allowed.has(operation.kind)) {
    return refuse('not-allowed', `this host does not allow the operation ${operation.kind}`);
  }
  if ('service' in operation && !runtimes.has(operation.service.spec.runtime)) {
    const { runtime } = operation.service.spec;
    return refuse('unsupported-runtime', `this agent cannot run runtime ${runtime}`);
  }
  return undefined;
}

function refuse(code: RefusalCode, message: string): Refusal {
  return { code, message };
}
