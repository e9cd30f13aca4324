import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ActionDefinition } from './action-definition.js';
import type { AppSummary } from './app-definition.js';
import { App } from './app.entity.js';

/** What one document said of an app. Never changed, so it may be kept in memory; gone some time after a newer one took its place. */
@Entity('app_versions')
@ForeignKey(() => App, ['appId'], ['id'], { onDelete: 'CASCADE' })
@Check('app_versions_version_check', 'version > 0')
@Index('app_versions_one_current_per_app', ['appId'], { unique: true, where: 'superseded_at IS NULL' })
export class AppVersion {
  @PrimaryColumn('uuid')
  appId!: string;

  @PrimaryColumn('integer')
  version!: number;

  /** Without actions and operations: what a list of apps shows, of apps that may have a thousand of each. */
  @Column('jsonb')
  definition!: AppSummary;

  @Column('jsonb')
  actions!: ActionDefinition[];

  /** Of all that was read: documents that mean the same have the same. */
  @Column('bytea')
  definitionDigest!: Buffer;

  /** Of the text: one that is posted again need not be read again. */
  @Column('bytea')
  documentDigest!: Buffer;

  @Column('timestamptz')
  createdAt!: Date;

  /** Null for the current one. */
  @Column('timestamptz', { nullable: true })
  supersededAt!: Date | null;
}
