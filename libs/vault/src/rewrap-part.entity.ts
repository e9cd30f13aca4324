import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/** What a rewrap has to do for one tenant, and how far it came: whoever locks the row goes on from there. */
@Entity('rewrap_parts')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Index('rewrap_parts_open', ['rewrapId', 'dueAt'], { where: 'finished_at IS NULL' })
export class RewrapPart {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  rewrapId!: string;

  /** Data keys, or secrets where those are sealed anew, at the start. */
  @Column('integer')
  total!: number;

  @Column('integer', { default: 0 })
  done!: number;

  /** That could not be opened, and were left as they are. */
  @Column('integer', { default: 0 })
  failed!: number;

  /** Of the data key that everything is to be sealed under, once it is made. */
  @Column('integer', { nullable: true })
  generation!: number | null;

  /** Kind, row and field of the last secret that was looked at. */
  @Column('text', { array: true, nullable: true })
  afterPlace!: string[] | null;

  /** Not before. */
  @Column('timestamptz')
  dueAt!: Date;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;
}
