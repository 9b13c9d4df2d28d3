import { Column, Entity, PrimaryColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/** What was decided and why, also to do nothing: the projection of `DecisionRecorded`. */
@Entity('decisions')
export class DecisionEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('timestamptz', { transformer: unixMs })
  at!: number;

  @Column('text', { name: 'correlation_id' })
  correlationId!: string;

  /** Absent when the target cannot be told. */
  @Column('text', { nullable: true })
  resource!: string | null;

  /** Array of `Cause`. */
  @Column('jsonb')
  causes!: object;

  /** `requested` or `none`. */
  @Column('text')
  outcome!: string;

  @Column('text')
  code!: string;

  @Column('text')
  message!: string;

  @Column('text', { name: 'action_id', nullable: true })
  actionId!: string | null;

  @Column('timestamptz', { name: 'next_attempt_at', nullable: true, transformer: unixMs })
  nextAttemptAt!: number | null;
}
