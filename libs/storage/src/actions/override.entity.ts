import { Column, Entity, PrimaryColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/**
 * What `scale` and an operator's `stop` changed in the desired state of a resource: the lasting copy
 * of the overrides in the bucket `desired_state`, written by the remediator alone. A row that changes
 * nothing any more (no replicas, not stopped) says that the override has ended.
 */
@Entity('overrides')
export class OverrideEntity {
  /** Resource id, `namespace/Kind/name`. */
  @PrimaryColumn('text')
  resource!: string;

  /** `policy/<name>` or `operator/<name>`. */
  @Column('text')
  owner!: string;

  @Column('integer', { nullable: true })
  replicas!: number | null;

  @Column('boolean')
  stopped!: boolean;

  @Column('integer', { name: 'replaces_replicas', nullable: true })
  replacesReplicas!: number | null;

  @Column('text')
  reason!: string;

  @Column('text', { name: 'action_id' })
  actionId!: string;

  @Column('text', { name: 'correlation_id' })
  correlationId!: string;

  @Column('timestamptz', { name: 'created_at', transformer: unixMs })
  createdAt!: number;

  @Column('timestamptz', { name: 'changed_at', transformer: unixMs })
  changedAt!: number;

  @Column('timestamptz', { name: 'expires_at', nullable: true, transformer: unixMs })
  expiresAt!: number | null;
}
