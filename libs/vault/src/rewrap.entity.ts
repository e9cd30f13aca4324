import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';

/** `keep`: data keys are wrapped anew. `replace`: also each tenant gets a new data key, and all its secrets are sealed under that. */
export type RewrapKind = 'keep' | 'replace';
/** `abandoned`: another one with another primary key took its place. */
export type RewrapState = 'running' | 'finished' | 'abandoned';

/** One change of the keys of all tenants. The platform's, so that one row at most can be the running one. */
@Entity('rewraps')
@Index('one_running_rewrap', ['tenantId'], { unique: true, where: `state = 'running'` })
@Check('rewraps_data_keys_check', `data_keys IN ('keep', 'replace')`)
@Check('rewraps_state_check', `state IN ('running', 'finished', 'abandoned')`)
export class Rewrap {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  dataKeys!: RewrapKind;

  /** The primary key that everything is wrapped under when it is finished. */
  @Column('text')
  keyId!: string;

  @Column('timestamptz')
  startedAt!: Date;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;

  @Column('text')
  state!: RewrapState;
}
