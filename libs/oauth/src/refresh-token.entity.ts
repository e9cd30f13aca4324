import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { AuthorizationGrant } from './authorization-grant.entity.js';

/** One of the family of a grant, of which only the newest is good. */
@Entity('refresh_tokens')
@ForeignKey(() => AuthorizationGrant, ['tenantId', 'grantId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('refresh_tokens_one_successor', ['tenantId', 'grantId', 'generation'], { unique: true })
@Index('refresh_tokens_spent_at', ['spentAt'], { where: 'spent_at IS NOT NULL' })
@Index('refresh_tokens_in_grace', ['spentAt'], { where: 'successor IS NOT NULL' })
export class RefreshToken {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('bytea')
  digest!: Buffer;

  @Column('uuid')
  grantId!: string;

  /** 1 for the first of its grant. */
  @Column('integer')
  generation!: number;

  @Column('timestamptz', { nullable: true })
  spentAt!: Date | null;

  /** What it was spent for, sealed: the answer to a retry within the grace. */
  @Column('text', { nullable: true })
  successor!: string | null;
}
