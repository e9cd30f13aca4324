import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';

/** What we said under our own signature that a tenant's chain was. */
@Entity('audit_checkpoints')
export class AuditCheckpoint {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** Of the last link that it covers. */
  @PrimaryColumn('integer')
  sequence!: number;

  @Column('timestamptz')
  at!: Date;

  /** A JWS of the platform's key. */
  @Column('text')
  statement!: string;
}
