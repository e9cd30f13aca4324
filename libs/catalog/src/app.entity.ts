import { Check, Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/** Something to connect to, read from an OpenAPI document: rarely written, read by all. Only one that comes through an upstream is one tenant's. */
@Entity('apps')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Index('apps_key', ['key'], { unique: true, where: 'tenant_id IS NULL' })
@Index('apps_key_of_tenant', ['tenantId', 'key'], { unique: true, where: 'tenant_id IS NOT NULL' })
@Check(
  'apps_source_check',
  `source IN ('admin', 'file', 'upstream') AND (source = 'upstream') = (tenant_id IS NOT NULL)`,
)
export class App {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  key!: string;

  @Column('text')
  title!: string;

  /** `admin`: posted to `/admin/apps`. `file`: found in `APPS_DIR` at start. `upstream`: of the tenant's upstream. */
  @Column('text')
  source!: 'admin' | 'file' | 'upstream';

  /** Whose upstream it comes through; null for every other app. */
  @Column('uuid', { nullable: true })
  tenantId!: TenantId | null;

  /** The current one: what is offered, and what new runs begin with. */
  @Column('integer')
  version!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}
