import { Column, Entity, PrimaryColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/** One occurrence of a difference, open or past: the projection of `DriftRecord`. */
@Entity('drift_events')
export class DriftEventEntity {
  @PrimaryColumn('text')
  id!: string;

  /** Resource id, `namespace/Kind/name`. */
  @Column('text', { name: 'resource_name' })
  resourceName!: string;

  @Column('text', { nullable: true })
  host!: string | null;

  @Column('text', { name: 'drift_type' })
  driftType!: string;

  @Column('text')
  class!: string;

  /** JSON Pointer into the resource's spec. */
  @Column('text')
  path!: string;

  @Column('text')
  severity!: string;

  @Column('double precision')
  score!: number;

  /** Any JSON value, also `null`. */
  @Column('jsonb', { name: 'current_state', nullable: true })
  currentState!: unknown;

  @Column('jsonb', { name: 'desired_state', nullable: true })
  desiredState!: unknown;

  /** `open`, `ignored` or `resolved`. */
  @Column('text')
  state!: string;

  @Column('timestamptz', { name: 'detected_at', transformer: unixMs })
  detectedAt!: number;

  @Column('timestamptz', { name: 'updated_at', transformer: unixMs })
  updatedAt!: number;

  @Column('timestamptz', { name: 'resolved_at', nullable: true, transformer: unixMs })
  resolvedAt!: number | null;

  @Column('text', { name: 'correlation_id' })
  correlationId!: string;

  /** Who or what changed the host, for people. */
  @Column('text', { nullable: true })
  attribution!: string | null;
}
