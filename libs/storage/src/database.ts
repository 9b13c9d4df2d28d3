import { describeError, retryForever, type Log } from '@vigil/service';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { createDataSource, type DatabaseSettings } from './connection.js';
import { migrate } from './migrate.js';
import { classifyStorageError, StorageUnavailable } from './storage-errors.js';

const RECONNECT = { initialMs: 200, capMs: 5_000 };
/** Connections that are tried before the server counts as away. */
const PROBES = 3;

/**
 * PostgreSQL as a part that may be away. It connects in the background, so that a service starts
 * without it; while it is away every call fails at once with {@link StorageUnavailable}
 * (disposition `retry`) instead of waiting. Each connect runs the migrations that are pending.
 */
export class Database {
  private readonly stopping = new AbortController();
  private readonly upListeners = new Set<() => void>();
  private source: DataSource | undefined;
  private connecting: Promise<void> | undefined;
  private lastError: string | undefined;
  private suspected = false;

  constructor(
    private readonly settings: DatabaseSettings,
    private readonly log: Log,
  ) {}

  /** Begins to connect, and keeps trying until {@link close}. Returns at once. */
  start(): void {
    this.connecting ??= this.connect().finally(() => {
      this.connecting = undefined;
      // lost again before the connect had ended
      if (!this.isUp() && !this.stopping.signal.aborted) this.start();
    });
  }

  isUp(): boolean {
    return this.source !== undefined;
  }

  /** Why it is away, for people; undefined while it is up. */
  problem(): string | undefined {
    return this.isUp() ? undefined : (this.lastError ?? 'connecting');
  }

  /** Calls back after each connect (also at once when it is up). Returns how to stop that. */
  onUp(listener: () => void): () => void {
    this.upListeners.add(listener);
    if (this.isUp()) listener();
    return () => this.upListeners.delete(listener);
  }

  /** Waits until it is up. False when the signal ended the wait. */
  untilUp(signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (up: boolean) => {
        unsubscribe();
        signal?.removeEventListener('abort', giveUp);
        resolve(up);
      };
      const giveUp = () => finish(false);
      // onUp may call back before it returns
      const listener = () => setImmediate(finish, true);
      const unsubscribe = this.onUp(listener);
      signal?.addEventListener('abort', giveUp, { once: true });
      if (signal?.aborted === true) giveUp();
    });
  }

  /**
   * Runs statements on one connection, each in its own transaction. One at a time: the connection
   * does not run two statements at once.
   * @throws StorageUnavailable, StorageTimeout, StorageConflict, StorageRejected
   */
  async run<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.withRunner((runner) => work(runner.manager));
  }

  /** Like {@link run}, with all statements in one transaction; an error rolls it back. */
  async transaction<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.withRunner((runner) => runner.manager.transaction(work));
  }

  /** Ends the connections, after the statements that run have ended. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.connecting;
    const source = this.source;
    this.source = undefined;
    await source?.destroy();
  }

  private async withRunner<Result>(
    work: (runner: QueryRunner) => Promise<Result>,
  ): Promise<Result> {
    const source = this.source;
    if (source === undefined) {
      throw new StorageUnavailable(`PostgreSQL is away: ${this.problem() ?? 'connecting'}`);
    }
    const runner = source.createQueryRunner();
    try {
      await this.acquire(runner);
      return await work(runner);
    } catch (error) {
      const classified = classifyStorageError(error);
      if (classified instanceof StorageUnavailable) this.suspect(source);
      throw classified;
    } finally {
      // a connection that broke in between is dropped by the pool; nothing is left to report
      await runner.release().catch(() => undefined);
    }
  }

  private async acquire(runner: QueryRunner): Promise<void> {
    try {
      await runner.connect();
    } catch (error) {
      throw new StorageUnavailable('no connection to PostgreSQL', { cause: error });
    }
  }

  /** Gives up a data source whose connections can no longer be trusted, and makes a new one. */
  private lose(source: DataSource, reason: unknown): void {
    if (this.source !== source) return;
    this.source = undefined;
    this.lastError = describeError(reason);
    this.log.warn('PostgreSQL is away', { reason: this.lastError });
    // waits for statements that still run; those of a dead server end with an error of their own
    source.destroy().catch(() => undefined);
    if (!this.stopping.signal.aborted) this.start();
  }

  /** A connection has ended: that may be this one alone, or the server is away. */
  private suspect(source: DataSource): void {
    if (this.source !== source || this.suspected) return;
    this.suspected = true;
    this.probe(source)
      .catch((error: unknown) => this.lose(source, error))
      .finally(() => {
        this.suspected = false;
      });
  }

  /** Succeeds when one of a few connections answers: each failure takes a dead one out of the pool. */
  private async probe(source: DataSource): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await source.query('SELECT 1');
        return;
      } catch (error) {
        if (attempt === PROBES) throw error;
      }
    }
  }

  private async connect(): Promise<void> {
    const startedAt = performance.now();
    try {
      await retryForever(this.stopping.signal, () => this.tryToConnect(), {
        ...RECONNECT,
        onFailure: (error, attempt) => {
          this.lastError = describeError(error);
          // the first and then ever fewer: an outage of a night is not a million lines
          if (Number.isInteger(Math.log2(attempt))) {
            this.log.warn('cannot connect to PostgreSQL', { attempt, reason: this.lastError });
          }
        },
      });
    } catch {
      return; // stopped before it was up
    }
    this.log.info('PostgreSQL is up', { afterMs: Math.round(performance.now() - startedAt) });
    for (const listener of this.upListeners) listener();
  }

  private async tryToConnect(): Promise<void> {
    const source = createDataSource(this.settings, () => this.suspect(source));
    try {
      await source.initialize();
      await migrate(source);
    } catch (error) {
      if (source.isInitialized) await source.destroy().catch(() => undefined);
      throw error;
    }
    this.source = source;
    this.lastError = undefined;
  }
}
