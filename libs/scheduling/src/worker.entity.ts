import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A process that works on due rows, and when it last said so. */
@Entity('workers')
export class Worker {
  @PrimaryColumn('text')
  id!: string;

  @Column('timestamptz')
  seenAt!: Date;
}
