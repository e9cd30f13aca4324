import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/** A request that its sender may send again without having it done twice (protocol.md C31). */
@Entity('idempotency_keys')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Index('idempotency_keys_expires_at', ['expiresAt'])
@Check('idempotency_keys_status_check', 'status BETWEEN 200 AND 299')
export class IdempotencyKey {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** Keys of different users never meet, whoever chose them. */
  @PrimaryColumn('uuid')
  userId!: string;

  /** SHA-256 of the key. */
  @PrimaryColumn('bytea')
  keyDigest!: Buffer;

  /** HMAC of the request under the key: it tells another request from the same one, and nothing to who reads the table. */
  @Column('bytea')
  fingerprint!: Buffer;

  /** What the request made, where its row was written together with that; the answer follows from it. */
  @Column('uuid', { nullable: true })
  madeId!: string | null;

  /** Of the answer, whose body is in the vault. Null while the request is under way, and for good when its process died. */
  @Column('smallint', { nullable: true })
  status!: number | null;

  @Column('timestamptz')
  expiresAt!: Date;
}
