import { Check, Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { JWK } from 'jose';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';
import type { SigningAlgorithm } from './key-pair.js';

/**
 * `pending`: published, does not sign yet · `active`: signs · `retiring`: published for what it signed before · `revoked`: published no more,
 * at the end of its overlap or at once.
 */
export type SigningKeyState = 'pending' | 'active' | 'retiring' | 'revoked';

/**
 * A key pair that we hold for a tenant, to sign towards its upstreams. The private half is in the vault, under the `kid`, for as long as it
 * may sign.
 */
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
  alg!: SigningAlgorithm;

  @Column('jsonb')
  publicJwk!: JWK;

  @Column('text')
  state!: SigningKeyState;

  /** When it is to sign; once it is active, since when it does. */
  @Column('timestamptz')
  activatesAt!: Date;

  /** When a retiring key leaves the JWKS; of a revoked one, when it left. */
  @Column('timestamptz', { nullable: true })
  retiresAt!: Date | null;

  /** How long the key that it replaces stays published after it. The default is for processes from before there was this column. */
  @Column('integer', { default: 604_800 })
  overlapSeconds!: number;

  @Column('timestamptz', { nullable: true })
  firstUsedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  lastUsedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  revokedAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
