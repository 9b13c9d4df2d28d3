import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/** One version of one manifest: a new row whenever its canonical form changes. */
@Entity('manifests')
export class ManifestEntity {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS' })
  id!: number;

  /** Resource id, `namespace/Kind/name`. */
  @Column('text')
  resource!: string;

  @Column('text')
  namespace!: string;

  @Column('text')
  kind!: string;

  @Column('text')
  name!: string;

  /** The canonical manifest. */
  @Column('jsonb')
  content!: object;

  /** Counts the versions of the resource, from 1. */
  @Column('integer')
  version!: number;

  /** SHA-256 of the canonical JSON of `content`, in hex. */
  @Column('text')
  checksum!: string;

  @Column('text')
  source!: string;

  /** The first revision with this version. */
  @Column('text')
  revision!: string;

  /** Of that revision. */
  @Column('integer')
  generation!: number;

  /** Where the revision in force declares it. */
  @Column('text')
  file!: string;

  @Column('integer')
  line!: number;

  /** True for the version in force; at most one row per resource. */
  @Column('boolean')
  current!: boolean;

  @Column('timestamptz', { name: 'created_at', transformer: unixMs })
  createdAt!: number;
}
