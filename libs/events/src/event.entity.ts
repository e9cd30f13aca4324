import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';
import type { EventType } from './event-type.js';

/** Facts of the subject after it happened. Sent to subscribers: never a secret. */
export type EventPayload = Record<string, unknown>;

/** One thing that happened, to be told to whoever subscribed. It outlives its subject, so no foreign key leads there. */
@Entity('events')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Unique('events_sequence_key', ['tenantId', 'subject', 'sequence'])
@Index('events_created_at', ['createdAt'])
@Check('events_sequence_check', `sequence > 0`)
export class Event {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** A uuid v7. In order of time, as far as processes agree on it: the order within one subject is `sequence`. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  type!: EventType;

  /** Id of what it happened to. */
  @Column('uuid')
  subject!: string;

  /** 1, 2, 3… within the subject, in the order in which it happened. */
  @Column('integer')
  sequence!: number;

  @Column('jsonb')
  payload!: EventPayload;

  @Column('timestamptz')
  createdAt!: Date;
}
