import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { JWK } from 'jose';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/** The public keys of a tenant, as given to us or as last fetched. Stored, so that a restart needs no fetch. */
@Entity('trusted_key_sets')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
export class TrustedKeySet {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @Column('text', { nullable: true })
  jwksUri!: string | null;

  /** Keys that were uploaded rather than fetched: they do not age. */
  @Column('jsonb', { nullable: true })
  uploadedKeys!: JWK[] | null;

  @Column('jsonb', { nullable: true })
  fetchedKeys!: JWK[] | null;

  @Column('timestamptz', { nullable: true })
  fetchedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  freshUntil!: Date | null;

  /** Why the last fetch failed; null when it worked. */
  @Column('text', { nullable: true })
  lastError!: string | null;
}
