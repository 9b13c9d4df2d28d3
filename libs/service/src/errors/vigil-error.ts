/**
 * What an edge does with an error that reaches it.
 * `retry`: the same call may succeed later (nak with delay, 503, exit code for "try again").
 * `reject`: it never will (dead letter, 4xx).
 * `crash`: the process can no longer be trusted and has to start again.
 */
export type Disposition = 'retry' | 'reject' | 'crash';

/** The base of every error that is thrown on purpose. Expected outcomes are returned instead. */
export abstract class VigilError extends Error {
  /** For programs, `area.what`, for example `gitops.revision_unavailable`. */
  abstract readonly code: string;
  abstract readonly disposition: Disposition;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * What to do with anything that was thrown. An error that nobody foresaw is retried: callers bound
 * the number of attempts, and giving up on the first one would lose what a restart could repair.
 */
export function dispositionOf(error: unknown): Disposition {
  return error instanceof VigilError ? error.disposition : 'retry';
}

/** `code: message` of anything that was thrown, on one line, at most `limit` characters. */
export function describeError(error: unknown, limit = 1024): string {
  const code = error instanceof VigilError ? `${error.code}: ` : '';
  const message = error instanceof Error ? error.message || error.name : String(error);
  return `${code}${message}`.replace(/\s+/g, ' ').slice(0, limit);
}
