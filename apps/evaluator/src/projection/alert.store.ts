import { Injectable } from '@nestjs/common';
import type { AlertRecord } from '@vigil/contracts';
import { Database, storable } from '@vigil/storage';

/** The rows of `alerts`. */
@Injectable()
export class AlertStore {
  constructor(private readonly database: Database) {}

  /** An alert fires once and is resolved once: what says resolved is newer than what says firing. */
  async save(fired: AlertRecord): Promise<void> {
    const alert = storable(fired);
    await this.database.run((manager) =>
      manager.query(
        `INSERT INTO alerts AS known
           (id, policy, resource, labels, condition, severity, state, value, active_at, fired_at,
            resolved_at, evidence, correlation_id)
         VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13)
         ON CONFLICT (id) DO UPDATE SET
           state = excluded.state, value = excluded.value, resolved_at = excluded.resolved_at,
           evidence = excluded.evidence
         WHERE known.state <> 'resolved'`,
        [
          alert.id,
          alert.policy,
          alert.resource ?? null,
          JSON.stringify(alert.labels),
          alert.condition,
          alert.severity,
          alert.state,
          alert.value ?? null,
          new Date(alert.activeAt),
          new Date(alert.firedAt),
          alert.resolvedAt === undefined ? null : new Date(alert.resolvedAt),
          JSON.stringify(alert.evidence),
          alert.correlationId,
        ],
      ),
    );
  }
}
