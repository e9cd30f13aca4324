import { Injectable } from '@nestjs/common';
import { Audit, SYSTEM_ACTOR, type Actor, type AuditDetails } from '#libs/audit';
import type { Queryable, TenantId, Transaction } from '#libs/database';
import { Events } from '#libs/events';
import { Clock } from '#libs/scheduling';
import { connectionChanges, isAllowed, type ConnectionChangeName, type ConnectionParty } from './connection-changes.js';
import type { Connection, ConnectionStatus } from './connection.entity.js';

/** What a statement on `connections` returns for the event that goes with it. No secret, and nothing of the account. */
export const EVENT_ROW = `event_sequence AS sequence, jsonb_build_object(
  'id', id, 'app', app_id, 'user', user_id, 'status', status, 'status_reason', status_reason, 'expires_at', expires_at) AS payload`;

/** Who does it, and as what. */
export interface ChangeAuthor {
  party: ConnectionParty;
  actor: Actor;
}

export const REFRESH: ChangeAuthor = { party: 'refresh', actor: SYSTEM_ACTOR };
export const RETENTION: ChangeAuthor = { party: 'retention', actor: SYSTEM_ACTOR };

/** The owner, by a consent or a token of theirs. */
export function owner(userId: string, address: string | null = null): ChangeAuthor {
  return { party: 'owner', actor: { name: `user:${userId}`, address } };
}

export function admin(actor: Actor): ChangeAuthor {
  return { party: 'admin', actor };
}

export interface StatusChange {
  name: ConnectionChangeName;
  /** As the row says, which the caller holds locked. */
  from: ConnectionStatus;
  to: ConnectionStatus;
  author: ChangeAuthor;
  /** For people: why it is so. */
  reason?: string | null;
  details?: AuditDetails;
  /** Further assignments of the same statement, with parameters from {@link FIRST_OWN_PARAMETER} on. */
  set?: string;
  parameters?: readonly unknown[];
}

export const FIRST_OWN_PARAMETER = 6;

/** Of a connection that is disconnected: nothing is to be done with it any more. */
export const AT_REST = `is_default = false, disabled_from = NULL, due_at = NULL, warn_at = NULL, lease_until = NULL, lease_owner = NULL`;

/** The one place where a connection's status is written: checked against the table of changes, with its event and its audit row. */
@Injectable()
export class ConnectionTransitions {
  constructor(
    private readonly events: Events,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** A new row. @param insert an INSERT INTO connections without RETURNING, whose event sequence is 1 */
  async begin(
    tx: Transaction,
    { tenantId, id }: Pick<Connection, 'tenantId' | 'id'>,
    { name, to, author, details }: Pick<StatusChange, 'name' | 'to' | 'author' | 'details'>,
    insert: string,
    parameters: readonly unknown[],
  ): Promise<void> {
    refuseUnlessAllowed(name, 'none', to, author);
    await this.#write(tx, { tenantId, id }, name, `${insert} RETURNING ${EVENT_ROW}`, parameters);
    await this.#record(tx, { tenantId, id }, name, author, details ?? {});
  }

  /** @throws Error when there is no such change from there, or not for them */
  async make(
    tx: Transaction,
    { tenantId, id }: Pick<Connection, 'tenantId' | 'id'>,
    { name, from, to, author, reason = null, details = {}, set, parameters = [] }: StatusChange,
  ): Promise<void> {
    refuseUnlessAllowed(name, from, to, author);
    const update = `UPDATE connections SET status = $3, status_reason = $4, status_since = CASE WHEN status = $3 THEN status_since ELSE $5 END,
        event_sequence = event_sequence + 1, version = version + 1${set === undefined ? '' : `, ${set}`}
      WHERE tenant_id = $1 AND id = $2 RETURNING ${EVENT_ROW}`;
    const values = [tenantId, id, to, reason, this.clock.now(), ...parameters];
    await this.#write(tx, { tenantId, id }, name, update, values);
    const facts = { ...(reason !== null && { reason }), was: from, ...details };
    await this.#record(tx, { tenantId, id }, name, author, facts);
  }

  /** As `make`, of several that are disconnected at once. @param rows as they are, which the caller holds locked */
  async disconnectEach(
    tx: Transaction,
    tenantId: TenantId,
    rows: readonly Pick<Connection, 'id' | 'status'>[],
    author: ChangeAuthor,
    details: AuditDetails,
  ): Promise<void> {
    const update = `UPDATE connections SET status = 'deleted', status_reason = NULL, status_since = $3,
        event_sequence = event_sequence + 1, version = version + 1, ${AT_REST}
      WHERE tenant_id = $1 AND id = ANY ($2) RETURNING id AS subject, ${EVENT_ROW}`;
    for (const name of ['disconnect', 'retract'] as const) {
      const of = rows.filter(({ status }) => (status === 'pending') === (name === 'retract'));
      for (const { status } of of) refuseUnlessAllowed(name, status, 'deleted', author);
      const { event, audit: action } = connectionChanges[name];
      const ids = of.map(({ id }) => id);
      const parameters = [tenantId, ids, this.clock.now()];
      if (ids.length === 0) continue;
      if (event === null) await tx.query(update, parameters);
      else await this.events.recordEachWith(tx, tenantId, { type: event, subjects: ids }, update, parameters);
      const entries = of.map(({ id, status }) => ({ subject: id, details: { was: status, ...details } }));
      await this.audit.recordEach(tx, tenantId, { actor: author.actor, action }, entries);
    }
  }

  /** A row that goes with this change. */
  async end(
    tx: Transaction,
    { tenantId, id }: Pick<Connection, 'tenantId' | 'id'>,
    { name, from, author, reason = null }: Pick<StatusChange, 'name' | 'from' | 'author' | 'reason'>,
  ): Promise<void> {
    refuseUnlessAllowed(name, from, 'deleted', author);
    await this.#record(tx, { tenantId, id }, name, author, { ...(reason !== null && { reason }), was: from });
  }

  /** The token was renewed and nothing else changed. One statement, as often as tokens end. */
  refreshed(
    tx: Transaction,
    { tenantId, id }: Pick<Connection, 'tenantId' | 'id'>,
    set: (firstParameter: number) => string,
    parameters: readonly unknown[],
  ): Promise<boolean> {
    const update = `UPDATE connections SET event_sequence = event_sequence + 1, version = version + 1, ${set(3)},
        status_reason = CASE WHEN status = 'connected' THEN NULL ELSE status_reason END
      WHERE tenant_id = $1 AND id = $2 RETURNING ${EVENT_ROW}`;
    const about = { type: 'connection.refreshed', subject: id } as const;
    return this.events.recordWith(tx, tenantId, about, update, [tenantId, id, ...parameters]);
  }

  /**
   * As `refreshed`, several connections that are connected, in one statement with what goes with it.
   * @param before CTEs, the last of them `renewed`: which are renewed (`renewed_id`), and the values that `set` names. These use the parameters from 3 on
   * @returns those that it renewed
   */
  refreshedEach(
    database: Queryable,
    tenantId: TenantId,
    ids: readonly string[],
    { before, set, parameters }: { before: string; set: string; parameters: readonly unknown[] },
  ): Promise<Set<string>> {
    const update = `UPDATE connections SET event_sequence = event_sequence + 1, version = version + 1, ${set}, status_reason = NULL
       FROM renewed WHERE tenant_id = $1 AND id = ANY ($2) AND id = renewed_id RETURNING id AS subject, ${EVENT_ROW}`;
    const about = { type: 'connection.refreshed', subjects: ids, before } as const;
    return this.events.recordEachWith(database, tenantId, about, update, [tenantId, ids, ...parameters]);
  }

  async #write(
    tx: Transaction,
    { tenantId, id }: Pick<Connection, 'tenantId' | 'id'>,
    name: ConnectionChangeName,
    statement: string,
    parameters: readonly unknown[],
  ): Promise<void> {
    const { event } = connectionChanges[name];
    if (event === null) await tx.query(statement, parameters);
    else await this.events.recordWith(tx, tenantId, { type: event, subject: id }, statement, parameters);
  }

  #record(
    tx: Transaction,
    { tenantId, id }: Pick<Connection, 'tenantId' | 'id'>,
    name: ConnectionChangeName,
    { actor }: ChangeAuthor,
    details: AuditDetails,
  ): Promise<void> {
    const action = connectionChanges[name].audit;
    return this.audit.record(tx, tenantId, { actor, action, subject: id, details });
  }
}

function refuseUnlessAllowed(
  name: ConnectionChangeName,
  from: ConnectionStatus | 'none',
  to: ConnectionStatus,
  { party }: ChangeAuthor,
): void {
  if (!isAllowed(name, from, to, party))
    throw new Error(`A connection can not be brought from ${from} to ${to} by "${name}" of ${party}.`);
}
