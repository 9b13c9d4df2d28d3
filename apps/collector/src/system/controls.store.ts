import { Injectable } from '@nestjs/common';
import { controlKey, decodeToken, type Control } from '@vigil/contracts';
import type { LastingCopy } from '@vigil/messaging';
import { ControlEntity, Database, storable } from '@vigil/storage';

export type ControlKind = 'stop' | 'source' | 'resource';

/** The table `controls`: what people have stopped, for the day on which NATS has lost it. */
@Injectable()
export class ControlsStore implements LastingCopy<Control> {
  constructor(private readonly database: Database) {}

  onUp(listener: () => void): () => void {
    return this.database.onUp(listener);
  }

  /** @throws StorageUnavailable */
  async load(): Promise<ReadonlyMap<string, Control>> {
    const rows = await this.database.run((manager) => manager.find(ControlEntity));
    return new Map(rows.map((row) => [keyOf(row), controlOf(row)]));
  }

  /** @throws StorageUnavailable */
  async save(controls: ReadonlyMap<string, Control>): Promise<void> {
    const rows = [...controls].map(([key, control]) => storable(rowOf(key, control)));
    await this.database.run((manager) => manager.query(UPSERT, [JSON.stringify(rows)]));
  }
}

/** Of two values the later one holds, in whatever order they come. */
const UPSERT = `
  INSERT INTO controls (kind, name, active, reason, actor, at, until)
  SELECT kind, name, active, reason, actor, to_timestamp(at / 1000.0), to_timestamp(until / 1000.0)
  FROM jsonb_to_recordset($1::jsonb) AS row(
    kind text, name text, active boolean, reason text, actor text, at bigint, until bigint
  )
  ON CONFLICT (kind, name) DO UPDATE SET
    active = excluded.active, reason = excluded.reason, actor = excluded.actor,
    at = excluded.at, until = excluded.until
  WHERE controls.at < excluded.at`;

function rowOf(key: string, { active, reason, actor, at, until }: Control): ControlEntity {
  return {
    kind: kindOf(key),
    name: nameOf(key),
    active,
    reason,
    actor,
    at,
    until: until ?? null,
  };
}

function controlOf({ active, reason, actor, at, until }: ControlEntity): Control {
  return { active, reason, actor, at, ...(until === null ? {} : { until }) };
}

function keyOf({ kind, name }: ControlEntity): string {
  if (kind === 'stop') return controlKey.stop();
  return kind === 'source' ? controlKey.source(name) : controlKey.resource(name);
}

/** Which kind of switch a key of the bucket is. */
export function kindOf(key: string): ControlKind {
  const [prefix] = key.split('.', 1);
  return prefix === 'source' || prefix === 'resource' ? prefix : 'stop';
}

/** The source or resource that a key names; empty for stop-the-world. */
export function nameOf(key: string): string {
  const dot = key.indexOf('.');
  return dot < 0 ? '' : (decodeToken(key.slice(dot + 1)) ?? key.slice(dot + 1));
}
