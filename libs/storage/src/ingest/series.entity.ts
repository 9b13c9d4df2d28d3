import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** One time series: what (name, source, labels) its samples have in common. */
@Entity('series')
export class SeriesEntity {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'BY DEFAULT' })
  id!: number;

  @Column('bytea')
  hash!: Buffer;

  @Column('text')
  name!: string;

  @Column('text')
  source!: string;

  @Column('jsonb')
  labels!: Record<string, string>;
}
