import { Column, Entity, PrimaryColumn } from 'typeorm';
import { unixMs } from '../unix-ms.js';

/**
 * A switch that a person set, as it was last set: the lasting copy of the bucket `controls`, written
 * by the collector alone.
 */
@Entity('controls')
export class ControlEntity {
  /** `stop`, `source` or `resource`. */
  @PrimaryColumn('text')
  kind!: string;

  /** The source or resource; empty for stop-the-world. */
  @PrimaryColumn('text')
  name!: string;

  @Column('boolean')
  active!: boolean;

  @Column('text')
  reason!: string;

  @Column('text')
  actor!: string;

  @Column('timestamptz', { transformer: unixMs })
  at!: number;

  @Column('timestamptz', { nullable: true, transformer: unixMs })
  until!: number | null;
}
