import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Upstream } from './upstream.entity.js';

/** An access token that we got from an upstream for one user, or for the tenant's client itself. The token is in the vault. */
@Entity('upstream_tokens')
@ForeignKey(() => Upstream, ['tenantId', 'upstreamId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
export class UpstreamToken {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  upstreamId!: string;

  /** The user's id; the upstream's own for the token of the client itself. */
  @PrimaryColumn('uuid')
  subjectId!: string;

  /** From then on a new one is asked for; null while there is none yet. */
  @Column('timestamptz', { nullable: true })
  expiresAt!: Date | null;

  /** Somebody is asking for one: the others wait for theirs. */
  @Column('timestamptz', { nullable: true })
  leaseUntil!: Date | null;

  /** The fence, raised by each lease. */
  @Column('integer', { default: 0 })
  version!: number;
}
