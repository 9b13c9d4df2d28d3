import type { AgentDocument, CommandRecord } from './agent-document.js';

/** Clocks of hosts differ: a command is remembered this much longer than it is valid. */
const EXPIRY_MARGIN_MS = 5 * 60_000;

/**
 * A result that nobody acknowledged is given up after this time: by then the control plane has long
 * asked for it, or has lost the action.
 */
const RESULT_AGE_MS = 7 * 86_400_000;

/**
 * More ledger entries than any host needs within a command's life. The oldest go first, but none that
 * could still be replayed: while those alone are so many, no further command is accepted.
 */
export const MAX_COMMANDS = 10_000;

/**
 * A fencing token is kept this long after the last command for its resource. A control plane that
 * was paused for longer has lost its lock and its place in the action log; one whose locks began
 * anew with an empty NATS would be refused for ever if tokens never ended.
 */
const TOKEN_AGE_MS = 15 * 60_000;

/** Forgets what can no longer be asked for or replayed, so that the document stays small. */
export function pruneDocument(document: AgentDocument, now: number): void {
  for (const [id, command] of document.commands) {
    const settled = command.acknowledged && !isReplayable(command, now);
    if (settled || command.acceptedAt + RESULT_AGE_MS < now) document.commands.delete(id);
  }
  for (const [id, command] of document.commands) {
    if (document.commands.size <= MAX_COMMANDS) break;
    if (!isReplayable(command, now)) document.commands.delete(id);
  }
  for (const [resource, seen] of document.tokens) {
    if (seen.at + TOKEN_AGE_MS < now) document.tokens.delete(resource);
  }
}

function isReplayable(command: CommandRecord, now: number): boolean {
  return command.expiresAt + EXPIRY_MARGIN_MS >= now;
}
