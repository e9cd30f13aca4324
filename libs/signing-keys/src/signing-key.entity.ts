import { Check, Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { JWK } from 'jose';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

export type SigningKeyState = 'pending' | 'active' | 'retiring' | 'revoked';

/** A key pair that we hold for a tenant, to sign towards its upstreams. The private half is in the vault, under the `kid`. */
@Entity('signing_keys')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Index('one_active_key_per_tenant', ['tenantId'], { unique: true, where: `state = 'active'` })
@Check('signing_keys_state_check', `state IN ('pending', 'active', 'retiring', 'revoked')`)
export class SigningKey {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** RFC 7638 thumbprint. */
  @PrimaryColumn('text')
  kid!: string;

  @Column('text')
  alg!: string;

  @Column('jsonb')
  publicJwk!: JWK;

  @Column('text')
  state!: SigningKeyState;

  @Column('timestamptz')
  activatesAt!: Date;

  @Column('timestamptz', { nullable: true })
  retiresAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  lastUsedAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
