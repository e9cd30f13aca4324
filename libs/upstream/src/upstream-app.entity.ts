import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Upstream } from './upstream.entity.js';

/** An app of an upstream as it was last read there: so a list of apps waits for nobody, and its pages have no holes. */
@Entity('upstream_apps')
@ForeignKey(() => Upstream, ['tenantId', 'upstreamId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('upstream_apps_remote_id', ['tenantId', 'upstreamId', 'remoteId'], { unique: true })
@Index('upstream_apps_key', ['tenantId', 'key'], { unique: true })
@Index('upstream_apps_title', ['tenantId', 'title', 'key'])
export class UpstreamApp {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** Ours: made of the upstream's and of its own, so that it is the same whenever it is read. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  upstreamId!: string;

  /** What the upstream calls it. */
  @Column('text')
  remoteId!: string;

  /** The upstream's name, a dot, and the upstream's key, or its id where it has none. */
  @Column('text')
  key!: string;

  @Column('text')
  remoteKey!: string;

  @Column('text')
  title!: string;

  @Column('text')
  description!: string;

  @Column('text', { nullable: true })
  image!: string | null;

  @Column('text', { array: true })
  categories!: string[];

  @Column('text', { array: true })
  actionTypes!: string[];

  /** When it was last seen there. */
  @Column('timestamptz')
  seenAt!: Date;
}
