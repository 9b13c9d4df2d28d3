import { Injectable } from '@nestjs/common';
import type { DecisionRecorded } from '@vigil/contracts';
import { Database, storable } from '@vigil/storage';

/** The rows of `decisions`; one is written once and never changes. */
@Injectable()
export class DecisionStore {
  constructor(private readonly database: Database) {}

  async save(made: DecisionRecorded): Promise<void> {
    const decision = storable(made);
    await this.database.run((manager) =>
      manager.query(
        `INSERT INTO decisions
           (id, at, correlation_id, resource, causes, outcome, code, message, action_id,
            next_attempt_at)
         VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10)
         ON CONFLICT (id) DO NOTHING`,
        [
          decision.id,
          new Date(decision.at),
          decision.correlationId,
          decision.resource ?? null,
          JSON.stringify(decision.causes),
          decision.outcome,
          decision.code,
          decision.message,
          decision.actionId ?? null,
          decision.nextAttemptAt === undefined ? null : new Date(decision.nextAttemptAt),
        ],
      ),
    );
  }
}
