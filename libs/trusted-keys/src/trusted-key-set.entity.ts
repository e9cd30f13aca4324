import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';
import type { PublicJwk } from './jws-signature.js';
import type { IgnoredKey } from './key-admission.js';

/** The public keys of a tenant, as given to us and as last fetched, with all that the processes must agree on to fetch them once. */
@Entity('trusted_key_sets')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
// The second column spares a look at each row of a tenant that nobody uses.
@Index('trusted_key_sets_renew_at', ['renewAt', 'usedAt'], { where: 'renew_at IS NOT NULL' })
export class TrustedKeySet {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** Raised by every change but `used_at`: the fence of a fetch under way, and the name of what processes hold in memory. */
  @Column('integer', { default: 1 })
  version!: number;

  @Column('text', { nullable: true })
  jwksUri!: string | null;

  /** Keys that were uploaded rather than fetched: they do not age. */
  @Column('jsonb', { nullable: true })
  uploadedKeys!: PublicJwk[] | null;

  @Column('jsonb', { default: [] })
  uploadedIgnored!: IgnoredKey[];

  @Column('jsonb', { nullable: true })
  fetchedKeys!: PublicJwk[] | null;

  @Column('jsonb', { default: [] })
  fetchedIgnored!: IgnoredKey[];

  @Column('timestamptz', { nullable: true })
  fetchedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  freshUntil!: Date | null;

  /** Why the last fetch failed; null when it worked. */
  @Column('text', { nullable: true })
  lastError!: string | null;

  /** When the last fetch began, whatever became of it. */
  @Column('timestamptz', { nullable: true })
  attemptedAt!: Date | null;

  /** Set while a fetch is under way. Once it has passed, whoever fetched is gone. */
  @Column('timestamptz', { nullable: true })
  fetchingUntil!: Date | null;

  /** Fetches that failed in a row. */
  @Column('integer', { default: 0 })
  failures!: number;

  /** When a worker fetches it again, if it is in use. */
  @Column('timestamptz', { nullable: true })
  renewAt!: Date | null;

  /** When one of the keys last verified a signature, to the minute. */
  @Column('timestamptz', { nullable: true })
  usedAt!: Date | null;
}
