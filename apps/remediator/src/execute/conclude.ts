import type { ActionReason, CommandResult } from '@vigil/contracts';
import { INTERRUPTED, UNREACHABLE } from '../hosts/agent-codes.js';
import type { OperationOutcome } from './issue-operations.js';

/** What the results of operations mean for their action. */
export type Conclusion =
  | { readonly kind: 'go-on' }
  /** The operation itself failed: what was done is to be taken back. */
  | { readonly kind: 'failed'; readonly reason: ActionReason }
  /** It was not carried out, or nobody knows: no reason to take anything back. */
  | { readonly kind: 'short'; readonly reason: ActionReason };

/** Wait before the same cause is tried again, milliseconds. */
const CHANGED_RETRY_MS = 1_000;
const UNREACHABLE_RETRY_MS = 5_000;

/** The gravest of the outcomes decides. `now`: Unix ms. */
export function conclude(outcomes: readonly OperationOutcome[], now: number): Conclusion {
  const conclusions = outcomes.map((one) => concludeOne(one, now));
  return (
    conclusions.find(({ kind }) => kind === 'failed') ??
    conclusions.find(({ kind }) => kind === 'short') ?? { kind: 'go-on' }
  );
}

function concludeOne({ operation, outcome }: OperationOutcome, now: number): Conclusion {
  const { host } = operation;
  const what = `${operation.operation.kind} of replica ${operation.operation.replica} on ${host}`;
  switch (outcome.kind) {
    case 'answered':
      return concludeResult(outcome.result, what, now);
    case 'unreachable':
      return unreachable(what, now);
    case 'lost':
      return short(
        'result-lost',
        `${what}: it is not known what became of it`,
        now + UNREACHABLE_RETRY_MS,
      );
    case 'withheld': {
      const { reason } = outcome;
      const message = `${what}: its agent knows nothing of it, and it was not sent again: ${reason.message}`;
      return { kind: 'short', reason: { ...reason, message } };
    }
    case 'aborted':
      return short('interrupted', `${what}: interrupted`);
  }
}

function concludeResult(result: CommandResult, what: string, now: number): Conclusion {
  const { message: detail, status, code } = result;
  const why = detail === undefined ? '' : `: ${detail}`;
  switch (status) {
    case 'succeeded':
      return { kind: 'go-on' };
    case 'failed':
      if (code === INTERRUPTED) return short(INTERRUPTED, `${what}${why}`, now + CHANGED_RETRY_MS);
      return {
        kind: 'failed',
        reason: { code: code ?? 'operation-failed', message: `${what} failed${why}` },
      };
    case 'precondition-failed':
      return short(
        'changed',
        `${what}: what is there is not what was planned for${why}`,
        now + CHANGED_RETRY_MS,
      );
    case 'refused':
      if (code === UNREACHABLE) return unreachable(what, now);
      return short(
        code ?? 'refused',
        `${what} was refused by the agent${why}`,
        now + UNREACHABLE_RETRY_MS,
      );
    case 'unknown':
      return short('result-lost', `${what}: the agent knows nothing of it`);
  }
}

function unreachable(what: string, now: number): Conclusion {
  const message = `${what}: its agent is not connected`;
  return short(UNREACHABLE, message, now + UNREACHABLE_RETRY_MS);
}

function short(code: string, message: string, nextAttemptAt?: number): Conclusion {
  const reason = { code, message };
  return {
    kind: 'short',
    reason: nextAttemptAt === undefined ? reason : { ...reason, nextAttemptAt },
  };
}
