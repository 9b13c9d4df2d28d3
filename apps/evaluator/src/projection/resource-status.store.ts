import { Injectable } from '@nestjs/common';
import type { ResourceStatusChanged } from '@vigil/contracts';
import { Database, storable } from '@vigil/storage';

/** The rows of `resource_status`. */
@Injectable()
export class ResourceStatusStore {
  constructor(private readonly database: Database) {}

  /** Takes the status unless the row has a newer one. */
  async save(changed: ResourceStatusChanged): Promise<void> {
    const status = storable(changed);
    await this.database.run((manager) =>
      manager.query(
        `INSERT INTO resource_status AS known
           (resource, source, sync, health, message, desired_replicas, ready_replicas,
            desired_digest, held_digest, replicas, removed, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12)
         ON CONFLICT (resource) DO UPDATE SET
           source = excluded.source, sync = excluded.sync, health = excluded.health,
           message = excluded.message, desired_replicas = excluded.desired_replicas,
           ready_replicas = excluded.ready_replicas, desired_digest = excluded.desired_digest,
           held_digest = excluded.held_digest, replicas = excluded.replicas,
           removed = excluded.removed, at = excluded.at
         WHERE excluded.at >= known.at`,
        [
          status.resource,
          status.source ?? null,
          status.sync,
          status.health,
          status.message ?? null,
          status.desiredReplicas,
          status.readyReplicas,
          status.desiredDigest ?? null,
          status.heldDigest ?? null,
          JSON.stringify(status.replicas),
          status.removed,
          new Date(status.at),
        ],
      ),
    );
  }
}
