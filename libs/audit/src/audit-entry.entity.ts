import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import type { AuditAction } from './audit-action.js';

/**
 * Values of an entry. Primitives only: a key, a set of credentials or a whole row can't slip in as one value, and every value stands by name
 * at the line that records it. Entries are kept in the clear, for long, and shown to operators: none of these may be a secret.
 */
export type AuditDetails = Record<string, string | number | boolean | null>;

/** One thing that was done. It outlives what it was done to, so no foreign key leads from here. */
@Entity('audit_entries')
@Index('audit_entries_subject', ['tenantId', 'subject', 'id'])
@Index('audit_entries_sequence_key', ['tenantId', 'sequence'], { unique: true })
@Index('audit_entries_unchained', ['tenantId', 'id'], { where: 'sequence IS NULL' })
export class AuditEntry {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** In order of time, so that it is the order of the record too. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('timestamptz')
  at!: Date;

  @Column('text')
  actor!: string;

  @Column('text', { nullable: true })
  address!: string | null;

  /** As the log names the request; null where there was none, or none of an operator's. */
  @Column('text', { nullable: true })
  requestId!: string | null;

  @Column('text')
  action!: AuditAction;

  /** What it was done to, where the tenant does not say it: a `kid`, a client id. */
  @Column('text', { nullable: true })
  subject!: string | null;

  @Column('jsonb', { default: {} })
  details!: AuditDetails;

  /** Its place in the tenant's chain, from 1; null until a worker has given it one. */
  @Column('integer', { nullable: true })
  sequence!: number | null;

  /** Of the entry before it. */
  @Column('bytea', { nullable: true })
  previousHash!: Buffer | null;

  @Column('bytea', { nullable: true })
  hash!: Buffer | null;
}
