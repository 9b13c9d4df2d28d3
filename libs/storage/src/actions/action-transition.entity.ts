import { Column, Entity, PrimaryColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/** One entry of an action's log: the audit of what was done, by whom and why. Never changed. */
@Entity('action_transitions')
export class ActionTransitionEntity {
  @PrimaryColumn('text', { name: 'action_id' })
  actionId!: string;

  @PrimaryColumn('integer')
  sequence!: number;

  @Column('timestamptz', { transformer: unixMs })
  at!: number;

  /** A person, `evaluator` or `remediator`. */
  @Column('text')
  actor!: string;

  @Column('text', { name: 'correlation_id' })
  correlationId!: string;

  /** Resource id, `namespace/Kind/name`. */
  @Column('text')
  target!: string;

  /** `requested`, `transition`, `operation-issued` or `operation-finished`. */
  @Column('text')
  kind!: string;

  @Column('text', { name: 'from_state', nullable: true })
  fromState!: string | null;

  @Column('text', { name: 'to_state', nullable: true })
  toState!: string | null;

  /** `ActionReason`, when the entry has one. */
  @Column('jsonb', { nullable: true })
  reason!: object | null;

  /** The whole entry, without manifests. */
  @Column('jsonb')
  entry!: object;
}
