import { Column, Entity, PrimaryColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/** The newest verdict on a resource: the projection of `ResourceStatusChanged`. */
@Entity('resource_status')
export class ResourceStatusEntity {
  /** Resource id, `namespace/Kind/name`. */
  @PrimaryColumn('text')
  resource!: string;

  @Column('text', { nullable: true })
  source!: string | null;

  @Column('text')
  sync!: string;

  @Column('text')
  health!: string;

  @Column('text', { nullable: true })
  message!: string | null;

  @Column('integer', { name: 'desired_replicas' })
  desiredReplicas!: number;

  @Column('integer', { name: 'ready_replicas' })
  readyReplicas!: number;

  @Column('text', { name: 'desired_digest', nullable: true })
  desiredDigest!: string | null;

  /** The digest that repairs use instead, after a roll-back. */
  @Column('text', { name: 'held_digest', nullable: true })
  heldDigest!: string | null;

  /** Array of the `replicas` of `ResourceStatusChanged`. */
  @Column('jsonb')
  replicas!: object;

  /** It left Git and nothing of it is left; kept so that an older verdict cannot bring it back. */
  @Column('boolean')
  removed!: boolean;

  /** When this became the verdict. */
  @Column('timestamptz', { transformer: unixMs })
  at!: number;
}
