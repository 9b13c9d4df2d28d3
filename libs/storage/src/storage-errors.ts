import { VigilError } from '@vigil/service';
import { QueryFailedError } from 'typeorm';

/** PostgreSQL cannot be reached, or is starting, stopping or out of connections, memory or disk. */
export class StorageUnavailable extends VigilError {
  readonly code = 'storage.unavailable';
  readonly disposition = 'retry';
}

/** A statement took longer than it may, or waited too long for a lock. */
export class StorageTimeout extends VigilError {
  readonly code = 'storage.timeout';
  readonly disposition = 'retry';
}

/** Two transactions were in each other's way (deadlock, serialization); the same one may succeed. */
export class StorageConflict extends VigilError {
  readonly code = 'storage.conflict';
  readonly disposition = 'retry';
}

/** The statement is wrong, or a constraint refuses its data: repeating it changes nothing. */
export class StorageRejected extends VigilError {
  readonly code = 'storage.rejected';
  readonly disposition = 'reject';

  constructor(
    message: string,
    /** Five characters, see https://www.postgresql.org/docs/current/errcodes-appendix.html */
    readonly sqlState: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * What a failed call of the database means for its caller. An error that does not come from the
 * database (a bug, an expected refusal) is returned as it is.
 */
export function classifyStorageError(error: unknown): unknown {
  if (!(error instanceof QueryFailedError)) return error;
  const sqlState = sqlStateOf(error.driverError);
  const options = { cause: error };
  // without a code it is not the server that spoke: the connection ended or never answered
  if (sqlState === undefined) return new StorageUnavailable('the connection was lost', options);
  return fromSqlState(sqlState, error.message, options);
}

function fromSqlState(sqlState: string, message: string, options: ErrorOptions): VigilError {
  // 57014: cancelled by statement_timeout; 55P03: lock_timeout
  if (sqlState === '57014' || sqlState === '55P03') return new StorageTimeout(message, options);
  // 08: connection, 53: resources, 57P: operator intervention, 58: the server's own system errors;
  // 25006: read-only, as a standby is during a fail-over
  if (/^(08|53|57P|58)/.test(sqlState) || sqlState === '25006') {
    return new StorageUnavailable(message, options);
  }
  if (sqlState.startsWith('40')) return new StorageConflict(message, options);
  return new StorageRejected(message, sqlState, options);
}

function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const { code } = error;
  // Node's own codes are longer words (ECONNRESET) or short ones with an E first (EPIPE)
  return typeof code === 'string' && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) ? code : undefined;
}
