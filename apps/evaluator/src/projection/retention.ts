import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock, describeError, Log } from '@vigil/service';
import { Database } from '@vigil/storage';

/** What has ended is kept as long as the action log (DESIGN 4). */
export const KEEP_MS = 90 * 86_400_000;

const EVERY_MS = 3_600_000;

/** Rows removed in one statement, so that none of them locks for long. */
const BATCH = 10_000;

const STATEMENTS = [
  `DELETE FROM drift_events WHERE id IN
     (SELECT id FROM drift_events WHERE resolved_at < $1 LIMIT $2)`,
  `DELETE FROM decisions WHERE id IN (SELECT id FROM decisions WHERE at < $1 LIMIT $2)`,
  `DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE resolved_at < $1 LIMIT $2)`,
];

/** Keeps the evaluator's tables bounded: once an hour, what ended long ago is removed. */
@Injectable()
export class Retention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), EVERY_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Removes one batch per table; what is left goes with the next sweep. */
  async sweep(): Promise<void> {
    const before = new Date(this.clock.now() - KEEP_MS);
    try {
      await this.database.run(async (manager) => {
        for (const statement of STATEMENTS) await manager.query(statement, [before, BATCH]);
      });
    } catch (error) {
      this.log.warn('old rows are removed later', { reason: describeError(error) });
    }
  }
}
