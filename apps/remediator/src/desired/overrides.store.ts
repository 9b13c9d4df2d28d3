import { Injectable } from '@nestjs/common';
import { desiredStateKey, Override } from '@vigil/contracts';
import type { LastingCopy } from '@vigil/messaging';
import { Database, OverrideEntity, storable } from '@vigil/storage';

/** The table `overrides`: what actions changed in the desired state, for the day on which NATS has lost it. */
@Injectable()
export class OverridesStore implements LastingCopy<Override> {
  constructor(private readonly database: Database) {}

  onUp(listener: () => void): () => void {
    return this.database.onUp(listener);
  }

  /** @throws StorageUnavailable */
  async load(): Promise<ReadonlyMap<string, Override>> {
    const rows = await this.database.run((manager) => manager.find(OverrideEntity));
    return new Map(rows.map((row) => [desiredStateKey.override(row.resource), overrideOf(row)]));
  }

  /** @throws StorageUnavailable */
  async save(overrides: ReadonlyMap<string, Override>): Promise<void> {
    const rows = [...overrides.values()].map((override) => storable(rowOf(override)));
    await this.database.run((manager) => manager.query(UPSERT, [JSON.stringify(rows)]));
  }
}

/** When an override was last changed, Unix ms. */
export function changedAt({ changedAt: at, createdAt }: Override): number {
  return at ?? createdAt;
}

/** Of two values the later one holds, in whatever order they come. */
const UPSERT = `
  INSERT INTO overrides (resource, owner, replicas, stopped, replaces_replicas, reason, action_id,
    correlation_id, created_at, changed_at, expires_at)
  SELECT "resource", "owner", "replicas", "stopped", "replacesReplicas", "reason", "actionId",
    "correlationId", to_timestamp("createdAt" / 1000.0), to_timestamp("changedAt" / 1000.0),
    to_timestamp("expiresAt" / 1000.0)
  FROM jsonb_to_recordset($1::jsonb) AS row(
    "resource" text, "owner" text, "replicas" integer, "stopped" boolean,
    "replacesReplicas" integer, "reason" text, "actionId" text, "correlationId" text,
    "createdAt" bigint, "changedAt" bigint, "expiresAt" bigint
  )
  ON CONFLICT (resource) DO UPDATE SET
    owner = excluded.owner, replicas = excluded.replicas, stopped = excluded.stopped,
    replaces_replicas = excluded.replaces_replicas, reason = excluded.reason,
    action_id = excluded.action_id, correlation_id = excluded.correlation_id,
    created_at = excluded.created_at, changed_at = excluded.changed_at,
    expires_at = excluded.expires_at
  WHERE overrides.changed_at < excluded.changed_at`;

function rowOf(override: Override): OverrideEntity {
  const { resource, owner, reason, actionId, correlationId, createdAt } = override;
  return {
    resource,
    owner,
    replicas: override.replicas ?? null,
    stopped: override.stopped === true,
    replacesReplicas: override.replacesReplicas ?? null,
    reason,
    actionId,
    correlationId,
    createdAt,
    changedAt: changedAt(override),
    expiresAt: override.expiresAt ?? null,
  };
}

function overrideOf({ replicas, replacesReplicas, expiresAt, stopped, ...row }: OverrideEntity) {
  return Override.parse({
    ...row,
    ...(stopped ? { stopped } : {}),
    ...(replicas === null ? {} : { replicas }),
    ...(replacesReplicas === null ? {} : { replacesReplicas }),
    ...(expiresAt === null ? {} : { expiresAt }),
  });
}
