import { Column, Entity, PrimaryColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/** A token that enrols one agent, once. */
@Entity('enrolment_tokens')
export class EnrolmentTokenEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('bytea')
  hash!: Buffer;

  /** The only host that it enrols; null: any that is not enrolled yet. */
  @Column('text', { nullable: true })
  host!: string | null;

  @Column('jsonb')
  labels!: Record<string, string>;

  @Column('timestamptz', { name: 'created_at', transformer: unixMs })
  createdAt!: number;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column('timestamptz', { name: 'expires_at', transformer: unixMs })
  expiresAt!: number;

  @Column('timestamptz', { name: 'used_at', nullable: true, transformer: unixMs })
  usedAt!: number | null;

  @Column('text', { name: 'used_by', nullable: true })
  usedBy!: string | null;
}
