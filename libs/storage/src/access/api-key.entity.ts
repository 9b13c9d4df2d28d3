import { Column, Entity, PrimaryColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/** An API key: of it only its SHA-256 and its first characters are kept. */
@Entity('api_keys')
export class ApiKeyEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  prefix!: string;

  @Column('bytea')
  hash!: Buffer;

  @Column('text')
  role!: string;

  /** Set for the role `agent`: the only host it may speak for. */
  @Column('text', { nullable: true })
  host!: string | null;

  @Column('timestamptz', { name: 'created_at', transformer: unixMs })
  createdAt!: number;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column('timestamptz', { name: 'expires_at', nullable: true, transformer: unixMs })
  expiresAt!: number | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true, transformer: unixMs })
  revokedAt!: number | null;
}
