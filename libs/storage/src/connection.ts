import { DataSource } from 'typeorm';
import { ENTITIES, MIGRATIONS } from './schema.js';

export interface DatabaseSettings {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Names the service in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Connections at most; default 10. */
  readonly poolSize?: number;
  /** The server cancels a statement that runs longer, milliseconds; default 10,000. */
  readonly statementTimeoutMs?: number;
}

/** How long a connection may take to be made or to become free. */
const CONNECT_TIMEOUT_MS = 3_000;
/** The client gives up this much later than the server should have, so that a hung server is noticed. */
const CLIENT_GRACE_MS = 2_000;

/** A data source that is not connected yet. Schema changes come from migrations alone. */
export function createDataSource(
  settings: DatabaseSettings,
  onIdleClientLost: (error: unknown) => void,
): DataSource {
  const statementTimeoutMs = settings.statementTimeoutMs ?? 10_000;
  return new DataSource({
    type: 'postgres',
    url: settings.url,
    applicationName: settings.applicationName,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTableName: 'schema_migrations',
    synchronize: false,
    logging: false,
    installExtensions: false,
    parseInt8: true,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolErrorHandler: onIdleClientLost,
    extra: {
      max: settings.poolSize ?? 10,
      keepAlive: true,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + CLIENT_GRACE_MS,
      lock_timeout: Math.ceil(statementTimeoutMs / 2),
      idle_in_transaction_session_timeout: 30_000,
    },
  });
}
