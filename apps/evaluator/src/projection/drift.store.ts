import { Injectable } from '@nestjs/common';
import type { DriftRecord } from '@vigil/contracts';
import { Database, storable } from '@vigil/storage';

/** The rows of `drift_events`. */
@Injectable()
export class DriftStore {
  constructor(private readonly database: Database) {}

  /** Takes the record unless the row knows a newer one; of two at the same time, the resolved one. */
  async save(found: DriftRecord): Promise<void> {
    const record = storable(found);
    await this.database.run((manager) =>
      manager.query(
        `INSERT INTO drift_events AS known
           (id, resource_name, host, drift_type, class, path, severity, score, current_state,
            desired_state, state, detected_at, updated_at, resolved_at, correlation_id,
            attribution)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb, $11, $12, $13, $14, $15,
                 $16)
         ON CONFLICT (id) DO UPDATE SET
           host = excluded.host, class = excluded.class, severity = excluded.severity,
           score = excluded.score, current_state = excluded.current_state,
           desired_state = excluded.desired_state, state = excluded.state,
           detected_at = excluded.detected_at, updated_at = excluded.updated_at,
           resolved_at = excluded.resolved_at, correlation_id = excluded.correlation_id,
           attribution = excluded.attribution
         WHERE (excluded.updated_at, excluded.state = 'resolved')
             > (known.updated_at, known.state = 'resolved')`,
        [
          record.id,
          record.resource,
          record.host ?? null,
          record.type,
          record.class,
          record.path,
          record.severity,
          record.score,
          JSON.stringify(record.observed),
          JSON.stringify(record.desired),
          record.state,
          new Date(record.detectedAt),
          new Date(record.updatedAt),
          record.resolvedAt === undefined ? null : new Date(record.resolvedAt),
          record.correlationId,
          record.attribution ?? null,
        ],
      ),
    );
  }
}
