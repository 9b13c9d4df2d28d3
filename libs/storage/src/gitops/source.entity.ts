import { Column, Entity, PrimaryColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/** A source of manifests as it stands: what is in force, and how the last attempt went. */
@Entity('sources')
export class SourceEntity {
  @PrimaryColumn('text')
  name!: string;

  /** `directory` or `git`. */
  @Column('text')
  kind!: string;

  /** Path or URL, without credentials. */
  @Column('text')
  location!: string;

  /** `Pending`, `Synced`, `Rejected`, `Suspended` or `Unknown`. */
  @Column('text')
  status!: string;

  /** Why it is not `Synced`, for people. */
  @Column('text', { nullable: true })
  message!: string | null;

  /** What is in force; null before the first valid revision. */
  @Column('text', { nullable: true })
  revision!: string | null;

  /** `CommitInfo` of the revision in force. */
  @Column('jsonb', { nullable: true })
  commit!: object | null;

  /** How many resources are in force. */
  @Column('integer')
  resources!: number;

  /** The newest revision that was tried; differs from `revision` after a rejection. */
  @Column('text', { name: 'tried_revision', nullable: true })
  triedRevision!: string | null;

  /** Array of `ManifestError`: why the newest revision was rejected. */
  @Column('jsonb')
  errors!: object;

  /** Array of text, about the revision in force. */
  @Column('jsonb')
  warnings!: object;

  @Column('timestamptz', { name: 'last_attempt_at', nullable: true, transformer: unixMs })
  lastAttemptAt!: number | null;

  /** When the source was last read and its newest revision found valid. */
  @Column('timestamptz', { name: 'last_success_at', nullable: true, transformer: unixMs })
  lastSuccessAt!: number | null;

  @Column('timestamptz', { name: 'next_attempt_at', nullable: true, transformer: unixMs })
  nextAttemptAt!: number | null;
}
