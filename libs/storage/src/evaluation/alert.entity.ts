import { Column, Entity, PrimaryColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/** One firing of one policy for one label set: the projection of `AlertRecord`. */
@Entity('alerts')
export class AlertEntity {
  @PrimaryColumn('text')
  id!: string;

  /** Resource id of the policy. */
  @Column('text')
  policy!: string;

  @Column('text', { nullable: true })
  resource!: string | null;

  @Column('jsonb')
  labels!: Record<string, string>;

  @Column('text')
  condition!: string;

  @Column('text')
  severity!: string;

  /** `firing` or `resolved`. */
  @Column('text')
  state!: string;

  @Column('double precision', { nullable: true })
  value!: number | null;

  @Column('timestamptz', { name: 'active_at', transformer: unixMs })
  activeAt!: number;

  @Column('timestamptz', { name: 'fired_at', transformer: unixMs })
  firedAt!: number;

  @Column('timestamptz', { name: 'resolved_at', nullable: true, transformer: unixMs })
  resolvedAt!: number | null;

  /** Array of `Evidence`, oldest first. */
  @Column('jsonb')
  evidence!: object;

  @Column('text', { name: 'correlation_id' })
  correlationId!: string;
}
