import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/** One try at putting a revision of a source in force. */
@Entity('revisions')
export class RevisionEntity {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column('text')
  source!: string;

  /** Commit id, or the digest of all files of a directory. */
  @Column('text')
  revision!: string;

  /** `stored` (valid, not yet in force), `applied` (is or was in force) or `rejected`. */
  @Column('text')
  outcome!: string;

  /** Order in which valid revisions of the source are put in force; null when rejected. */
  @Column('integer', { nullable: true })
  generation!: number | null;

  /** `CommitInfo`; null for a directory. */
  @Column('jsonb', { nullable: true })
  commit!: object | null;

  /** Array of `RevisionEntry`; their manifests are in `manifests`, by checksum. */
  @Column('jsonb')
  entries!: object;

  /** Array of `ManifestError`. */
  @Column('jsonb')
  errors!: object;

  /** Array of text. */
  @Column('jsonb')
  warnings!: object;

  @Column('text', { name: 'correlation_id' })
  correlationId!: string;

  @Column('timestamptz', { name: 'created_at', transformer: unixMs })
  createdAt!: number;

  @Column('timestamptz', { name: 'in_force_at', nullable: true, transformer: unixMs })
  inForceAt!: number | null;

  /** True when `ManifestsApplied` or `ManifestsRejected` was acknowledged. */
  @Column('boolean')
  announced!: boolean;

  /** True when what only this revision needs was removed from the bucket `desired_state`. */
  @Column('boolean')
  pruned!: boolean;
}
