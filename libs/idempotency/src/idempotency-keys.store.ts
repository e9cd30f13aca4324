import { Injectable } from '@nestjs/common';
import { digestsEqual, Secret } from '#libs/crypto';
import { Database, type TenantId } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Vault, type SecretPlace } from '#libs/vault';
import type { IdempotencyKey } from './idempotency-key.entity.js';
import type { IdempotentRequest } from './idempotent-request.js';
import { KEY_SECONDS, keyInsertion } from './key-insertion.js';

/** A key may be given up between two looks at it; not again and again. */
const MAX_TRIES = 5;

export interface KeptAnswer {
  status: number;
  body: unknown;
}

/** What became of an earlier request with the same key. */
export type Earlier =
  | { kind: 'answered'; answer: KeptAnswer }
  /** It was written together with what it made. */
  | { kind: 'made'; id: string }
  /** It is under way, or its process died: what it did is not known. */
  | { kind: 'unfinished' }
  /** It was another request. */
  | { kind: 'other' };

/** `Idempotency-Key`: the first request with a key is carried out, and later ones get its answer for a day (protocol.md C31). */
@Injectable()
export class IdempotencyKeys {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes the key for this request. One of many at once gets it.
   * @returns null when it is this request's, which must then be finished or abandoned
   */
  async begin(tenantId: TenantId, request: IdempotentRequest): Promise<Earlier | null> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const now = this.clock.now();
      const rows = await this.database
        .of(tenantId)
        .query(keyInsertion('VALUES ($1, $2, $3, $4, NULL, $5)', '$6'), [
          ...keyOf(tenantId, request),
          request.fingerprint,
          secondsAfter(now, KEY_SECONDS),
          now,
        ]);
      if (rows.length === 1) return null;
      const earlier = await this.earlier(tenantId, request);
      if (earlier) return earlier;
    }
    return { kind: 'unfinished' };
  }

  /** @returns null when there is none, or none any more */
  async earlier(tenantId: TenantId, request: IdempotentRequest): Promise<Earlier | null> {
    type Row = Pick<IdempotencyKey, 'fingerprint' | 'madeId' | 'status'>;
    const [row] = await this.database.of(tenantId).query<Row>(
      `SELECT fingerprint, made_id AS "madeId", status FROM idempotency_keys
        WHERE tenant_id = $1 AND user_id = $2 AND key_digest = $3 AND expires_at > $4`,
      [...keyOf(tenantId, request), this.clock.now()],
    );
    if (!row) return null;
    if (!digestsEqual(row.fingerprint, request.fingerprint)) return { kind: 'other' };
    if (row.madeId !== null) return { kind: 'made', id: row.madeId };
    if (row.status === null) return { kind: 'unfinished' };
    const held = await this.vault.get<unknown>(tenantId, placeOf(request));
    return held ? { kind: 'answered', answer: { status: row.status, body: held.value.reveal() } } : null;
  }

  /** Keeps the answer. It may hold a secret that is shown once, so its body goes to the vault. */
  async finish(tenantId: TenantId, request: IdempotentRequest, { status, body }: KeptAnswer): Promise<void> {
    await this.database.of(tenantId).transaction(async (tx) => {
      await this.vault.put(tenantId, placeOf(request), new Secret(body ?? null), tx);
      await tx.query(
        `UPDATE idempotency_keys SET status = $4 WHERE tenant_id = $1 AND user_id = $2 AND key_digest = $3`,
        [...keyOf(tenantId, request), status],
      );
    });
  }

  /** The request was refused and did nothing: the key is free again. */
  async abandon(tenantId: TenantId, request: IdempotentRequest): Promise<void> {
    await this.database.of(tenantId).query(
      `DELETE FROM idempotency_keys
        WHERE tenant_id = $1 AND user_id = $2 AND key_digest = $3 AND status IS NULL AND made_id IS NULL`,
      keyOf(tenantId, request),
    );
  }

  /** Across tenants, with what the vault holds of them: for the retention loop only. */
  async deleteExpired(limit: number): Promise<number> {
    return this.database.overTenants.transaction(async (tx) => {
      const rows = await tx.query<{ tenant_id: TenantId; user_id: string; key_digest: Buffer }>(
        `DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM idempotency_keys WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED))
         RETURNING tenant_id, user_id, key_digest`,
        [this.clock.now(), limit],
      );
      for (const { tenant_id: tenantId, user_id: userId, key_digest: keyDigest } of rows)
        await this.vault.forget(tenantId, placeOf({ userId, keyDigest }), tx);
      return rows.length;
    });
  }
}

type Key = Pick<IdempotentRequest, 'userId' | 'keyDigest'>;

function keyOf(tenantId: TenantId, { userId, keyDigest }: Key): [TenantId, string, Buffer] {
  return [tenantId, userId, keyDigest];
}

function placeOf({ userId, keyDigest }: Key): SecretPlace {
  return { kind: 'idempotent-answer', rowId: `${userId}.${keyDigest.toString('base64url')}`, field: 'body' };
}
