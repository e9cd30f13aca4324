import { Injectable } from '@nestjs/common';
import { Database, type TenantId } from '#libs/database';
import { Clock, Gathering } from '#libs/scheduling';
import { secretReplacement, secretSelection, Vault, type HeldSecret, type SelectedSecret } from '#libs/vault';
import { columns } from './connection-columns.js';
import { CREDENTIALS, credentialsPlace } from './connection-secrets.js';
import { ConnectionTransitions } from './connection-transitions.js';
import type { Connection } from './connection.entity.js';
import type { ConnectionClaim } from './connections.store.js';
import type { Credentials } from './credentials.js';
import { renewalOfTimes } from './refresh-assignments.js';
import type { SealedAnswer } from './sealed-answer.js';

const MOST = 64;
/** Between batches of one tenant: answers are on the disk by then, and the tokens before them still good. */
const STORE_WAIT_MILLISECONDS = 100;

const SECRET = secretSelection(
  { tenant: 'connections.tenant_id', rowId: 'connections.id::text', field: `'${CREDENTIALS.field}'` },
  CREDENTIALS.kind,
);

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
  readonly #stores = new Gathering<TenantId, SealedAnswer, boolean>(
    (...of) => this.#store(...of),
    MOST,
    STORE_WAIT_MILLISECONDS,
  );

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
    const rows = await this.database.of(tenantId).query<Connection & SelectedSecret>(
      `SELECT ${columns}, secret.* FROM connections ${SECRET}
        WHERE tenant_id = $1 AND id = ANY ($2) AND status <> 'deleted'`,
      [tenantId, ids],
    );
    const opened = rows.map(async (row): Promise<[string, RefreshedConnection]> => {
      const credentials = await this.vault.many.openSelected<Credentials>(tenantId, credentialsPlace(row.id), row);
      return [row.id, { connection: row, credentials }];
    });
    const byId = new Map(await Promise.all(opened));
    return ids.map((id) => byId.get(id) ?? { connection: null, credentials: null });
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

  /**
   * Those after which nothing but times is different; one for each connection. All of it is one statement: credentials without their times would
   * never be refreshed again.
   */
  async #store(tenantId: TenantId, answers: SealedAnswer[]): Promise<boolean[]> {
    const each = [...new Map(answers.map((answer) => [answer.connectionId, answer])).values()];
    const ids = each.map(({ connectionId }) => connectionId);
    const parameters: unknown[] = [
      each.map(({ facts }) => facts.expiresAt),
      each.map(({ facts }) => facts.obtainedAt),
      each.map(({ facts }) => facts.dueAt),
      each.map(({ facts }) => facts.keepAliveSeconds),
      each.map(({ facts }) => JSON.stringify(facts.scopes)),
      each.map(({ spentVersion }) => spentVersion),
      each.map(({ sealed }) => sealed.generation),
      each.map(({ sealed }) => sealed.sealed),
    ];
    const replaced = [tenantId, ids, ...parameters];
    const replacement = secretReplacement(CREDENTIALS, { tenant: '$1', rows: '$2::text[]', from: 'plain' }, replaced);
    const stored = await this.transitions.refreshedEach(this.database.of(tenantId), tenantId, ids, {
      before: `
        answer AS (
          SELECT * FROM unnest(
            $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::integer[], $7::jsonb[], $8::integer[], $9::integer[], $10::bytea[])
            AS answer (renewed_id, ends_at, since, next_at, idle_seconds, given_scopes, secret_version, generation, sealed)),
        plain AS (
          SELECT answer.*, renewed_id::text AS secret_row FROM answer JOIN connections ON id = renewed_id
           WHERE tenant_id = $1 AND id = ANY ($2) AND status = 'connected' AND to_jsonb(scopes) = given_scopes
             FOR UPDATE OF connections SKIP LOCKED),
        replaced AS (${replacement}),
        renewed AS (SELECT plain.* FROM plain JOIN replaced ON row_id = secret_row)`,
      set: renewalOfTimes({
        expiresAt: 'ends_at',
        obtainedAt: 'since',
        dueAt: 'next_at',
        keepAliveSeconds: 'idle_seconds',
      }),
      parameters: replaced.slice(2),
    });
    return answers.map((answer) => each.includes(answer) && stored.has(answer.connectionId));
  }
}
