import { Injectable } from '@nestjs/common';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { Clock, Gathering } from '#libs/scheduling';
import { Vault, type HeldSecret } from '#libs/vault';
import { columns } from './connection-columns.js';
import { CREDENTIALS } from './connection-secrets.js';
import { ConnectionTransitions } from './connection-transitions.js';
import type { Connection } from './connection.entity.js';
import type { ConnectionClaim } from './connections.store.js';
import type { Credentials } from './credentials.js';
import { renewalOfTimes } from './refresh-assignments.js';
import type { SealedAnswer } from './sealed-answer.js';

const MOST = 32;

/** A connection as it is refreshed. */
export interface RefreshedConnection {
  connection: Connection | null;
  credentials: HeldSecret<Credentials> | null;
}

interface Mark {
  claim: ConnectionClaim;
  credentialsVersion: number;
}

/**
 * The statements of one refresh, for all of a tenant's that are at the same point, in one. None of them waits for a row that somebody else
 * holds: such a connection is left out, and is then done by itself. Rows that are joined are named by an array too, so that they are looked up
 * whatever the planner believes of a table that was never analyzed.
 */
@Injectable()
export class RefreshBatches {
  readonly #loads = new Gathering<TenantId, string, RefreshedConnection>((...of) => this.#load(...of), MOST);
  readonly #marks = new Gathering<TenantId, Mark, number | null>((...of) => this.#mark(...of), MOST);
  readonly #stores = new Gathering<TenantId, SealedAnswer, boolean>((...of) => this.#store(...of), MOST);

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly transitions: ConnectionTransitions,
    private readonly clock: Clock,
  ) {}

  load(tenantId: TenantId, id: string): Promise<RefreshedConnection> {
    return this.#loads.add(tenantId, id);
  }

  /** @returns as `ConnectionRefreshes.begin`; null also when it was left out */
  begin(claim: ConnectionClaim, credentialsVersion: number): Promise<number | null> {
    return this.#marks.add(claim.tenantId, { claim, credentialsVersion });
  }

  /** @returns false when it was left out: nothing is written then */
  store(answer: SealedAnswer): Promise<boolean> {
    return this.#stores.add(answer.tenantId, answer);
  }

  async #load(tenantId: TenantId, ids: string[]): Promise<RefreshedConnection[]> {
    const [credentials, connections] = await Promise.all([
      this.vault.getMany<Credentials>(tenantId, CREDENTIALS, ids),
      this.database
        .of(tenantId)
        .query<Connection>(
          `SELECT ${columns} FROM connections WHERE tenant_id = $1 AND id = ANY ($2) AND status <> 'deleted'`,
          [tenantId, ids],
        ),
    ]);
    const byId = new Map(connections.map((connection) => [connection.id, connection]));
    return ids.map((id) => ({ connection: byId.get(id) ?? null, credentials: credentials.get(id) ?? null }));
  }

  async #mark(tenantId: TenantId, marks: Mark[]): Promise<(number | null)[]> {
    const rows = await this.database.of(tenantId).query<{ id: string; claimed: number; attempts: number }>(
      `WITH mine AS (
         SELECT connections.id, mark.claimed, mark.credentials
           FROM unnest($2::uuid[], $3::integer[], $4::integer[]) AS mark (id, claimed, credentials)
           JOIN connections ON connections.id = mark.id AND connections.version = mark.claimed
          WHERE connections.tenant_id = $1 AND connections.id = ANY ($2)
            FOR UPDATE OF connections SKIP LOCKED)
       UPDATE connections SET attempts = CASE WHEN attempt_version = mine.credentials THEN attempts + 1 ELSE 1 END,
              attempt_version = mine.credentials, attempt_at = $5,
              first_attempt_at = CASE WHEN attempt_version = mine.credentials THEN first_attempt_at ELSE $5 END
         FROM mine WHERE connections.tenant_id = $1 AND connections.id = ANY ($2) AND connections.id = mine.id
       RETURNING connections.id, claimed, attempts`,
      [
        tenantId,
        marks.map(({ claim }) => claim.id),
        marks.map(({ claim }) => claim.version),
        marks.map(({ credentialsVersion }) => credentialsVersion),
        this.clock.now(),
      ],
    );
    // An earlier claim of the same connection, which this worker has lost, may be among them.
    const attempts = new Map(rows.map((row) => [`${row.id} ${row.claimed}`, row.attempts]));
    return marks.map(({ claim }) => attempts.get(`${claim.id} ${claim.version}`) ?? null);
  }

  async #store(tenantId: TenantId, answers: SealedAnswer[]): Promise<boolean[]> {
    const stored = await this.database.of(tenantId).transaction(async (tx) => {
      const plain = await this.#plain(tx, tenantId, answers);
      if (plain.length === 0) return new Set();
      const replacements = plain.map(({ connectionId, sealed, spentVersion }) => ({
        rowId: connectionId,
        value: sealed,
        version: spentVersion,
      }));
      const replaced = await this.vault.replaceManySealed(tenantId, CREDENTIALS, replacements, tx);
      const renewed = plain.filter(({ connectionId }) => replaced.has(connectionId));
      await this.#renew(tx, tenantId, renewed);
      return new Set(renewed);
    });
    return answers.map((answer) => stored.has(answer));
  }

  /** Those after which nothing but times is different, with their rows locked; one for each connection. */
  async #plain(tx: Transaction, tenantId: TenantId, answers: SealedAnswer[]): Promise<SealedAnswer[]> {
    const byId = new Map(answers.map((answer) => [answer.connectionId, answer]));
    const rows = await tx.query<Pick<Connection, 'id' | 'scopes'>>(
      `SELECT id, scopes FROM connections WHERE tenant_id = $1 AND id = ANY ($2) AND status = 'connected'
        FOR UPDATE SKIP LOCKED`,
      [tenantId, [...byId.keys()]],
    );
    return rows.flatMap(({ id, scopes }) => {
      const answer = byId.get(id);
      return answer && isSameText(answer.facts.scopes, scopes) ? [answer] : [];
    });
  }

  async #renew(tx: Transaction, tenantId: TenantId, answers: SealedAnswer[]): Promise<void> {
    const ids = answers.map(({ connectionId }) => connectionId);
    const facts = answers.map((answer) => answer.facts);
    const renewed = await this.transitions.refreshedEach(tx, tenantId, ids, {
      from: `unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::integer[])
               AS renewed (renewed_id, ends_at, since, next_at, idle_seconds)`,
      set: renewalOfTimes({
        expiresAt: 'ends_at',
        obtainedAt: 'since',
        dueAt: 'next_at',
        keepAliveSeconds: 'idle_seconds',
      }),
      parameters: [
        facts.map(({ expiresAt }) => expiresAt),
        facts.map(({ obtainedAt }) => obtainedAt),
        facts.map(({ dueAt }) => dueAt),
        facts.map(({ keepAliveSeconds }) => keepAliveSeconds),
      ],
    });
    // Credentials without their times: the connection would never be refreshed again.
    if (renewed.size !== answers.length) throw new Error('A locked connection could not be renewed.');
  }
}

function isSameText(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
