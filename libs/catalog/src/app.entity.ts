import { Check, Column, CreateDateColumn, Entity, PrimaryColumn, Unique, UpdateDateColumn } from 'typeorm';

/** Something to connect to, read from an OpenAPI document. Belongs to no tenant: rarely written, read by all. */
@Entity('apps')
@Unique('apps_key_key', ['key'])
@Check('apps_source_check', `source IN ('admin', 'file')`)
export class App {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  key!: string;

  @Column('text')
  title!: string;

  /** `admin`: posted to `/admin/apps`. `file`: found in `APPS_DIR` at start. */
  @Column('text')
  source!: 'admin' | 'file';

  /** The current one: what is offered, and what new runs begin with. */
  @Column('integer')
  version!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}
