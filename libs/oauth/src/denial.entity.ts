import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';

/** What is denied: one token, everything of one authorization, of a user, of a client, or of the whole tenant. */
export type DenialKind = 'token' | 'grant' | 'user' | 'client' | 'tenant';

/** Tokens that end before they expire. Few, and read into every process's memory, since a token itself has no row. */
@Entity('denials')
@Index('denials_changed_at', ['changedAt'])
@Index('denials_expires_at', ['expiresAt'], { where: 'expires_at IS NOT NULL' })
@Check('denials_kind_check', `kind IN ('token', 'grant', 'user', 'client', 'tenant')`)
export class Denial {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('text')
  kind!: DenialKind;

  @PrimaryColumn('text')
  subject!: string;

  /** Tokens issued before this are denied, of a user, a client or a tenant. Null: every token, for as long as the denial stands. */
  @Column('timestamptz', { nullable: true })
  issuedBefore!: Date | null;

  /** When every token that it could concern has expired. Null: it stands until it is lifted. */
  @Column('timestamptz', { nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz')
  changedAt!: Date;
}
