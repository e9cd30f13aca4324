import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';
import { App } from './app.entity.js';

/** What a tenant set for an app: above all its own OAuth client there, whose secret is in the vault. */
@Entity('tenant_apps')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@ForeignKey(() => App, ['appId'], ['id'])
export class TenantApp {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  appId!: string;

  @Column('boolean', { default: true })
  enabled!: boolean;

  @Column('text', { nullable: true })
  oauthClientId!: string | null;

  /** Scopes to ask for instead of the document's. */
  @Column('text', { array: true, nullable: true })
  scopes!: string[] | null;

  /** Server to call instead of the document's. */
  @Column('text', { nullable: true })
  serverUrl!: string | null;
}
