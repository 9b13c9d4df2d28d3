import { Column, Entity, PrimaryColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/** An action as it stands: the projection of its log (`ACTION_LOG`), written by the remediator alone. */
@Entity('actions')
export class ActionEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'correlation_id' })
  correlationId!: string;

  /** Resource id, `namespace/Kind/name`. */
  @Column('text')
  target!: string;

  @Column('text')
  action!: string;

  /** One of `ActionState`. */
  @Column('text')
  status!: string;

  /** The request without the manifest (that is in `manifests`, by digest), for people. */
  @Column('jsonb')
  details!: object;

  /** When the request was recorded. */
  @Column('timestamptz', { name: 'started_at', transformer: unixMs })
  startedAt!: number;

  @Column('timestamptz', { name: 'completed_at', nullable: true, transformer: unixMs })
  completedAt!: number | null;

  @Column('timestamptz', { name: 'updated_at', transformer: unixMs })
  updatedAt!: number;

  /** Number of the last entry of the log that is in this row. */
  @Column('integer')
  sequence!: number;

  @Column('integer')
  attempt!: number;

  /** The mode that the request came with, without the system's. */
  @Column('text')
  mode!: string;

  @Column('text', { nullable: true })
  source!: string | null;

  /** A person, or `evaluator`. */
  @Column('text', { name: 'requested_by' })
  requestedBy!: string;

  /** Array of `Cause`. */
  @Column('jsonb')
  causes!: object;

  /** The operations without their manifests, `maxUnavailable` and the hash. */
  @Column('jsonb', { nullable: true })
  plan!: object | null;

  @Column('text', { name: 'plan_hash', nullable: true })
  planHash!: string | null;

  /** The latest `ActionReason`. */
  @Column('jsonb', { nullable: true })
  reason!: object | null;

  /** When the same cause may be tried again. */
  @Column('timestamptz', { name: 'next_attempt_at', nullable: true, transformer: unixMs })
  nextAttemptAt!: number | null;

  /** Until when an approval can be given. */
  @Column('timestamptz', { name: 'expires_at', nullable: true, transformer: unixMs })
  expiresAt!: number | null;
}
