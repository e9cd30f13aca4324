import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Connection } from './connection.entity.js';

/** An answer to a refresh that came after another one was stored. Its credentials are in the vault, in case the stored ones are refused. */
@Entity('orphaned_answers')
@ForeignKey(() => Connection, ['tenantId', 'connectionId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('orphaned_answers_of_connection', ['tenantId', 'connectionId'])
@Index('orphaned_answers_expiring', ['expiresAt'])
export class OrphanedAnswer {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  connectionId!: string;

  @Column('timestamptz')
  expiresAt!: Date;
}
