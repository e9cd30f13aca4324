import { Injectable } from '@nestjs/common';
import { Database, Wakeups, type Queryable, type TenantId, type Transaction } from '#libs/database';
import type { RecentUse } from '#libs/scheduling';
import { Vault, type SecretPlace } from '#libs/vault';
import type { NewKeyPair } from './key-pair.js';
import type { KeyPolicy } from './key-policy.js';
import { SigningKeySet } from './signing-key-set.entity.js';
import { SigningKey } from './signing-key.entity.js';

/** Rows of keys and key sets. Every change happens under the lock of the tenant's set. */
@Injectable()
export class SigningKeyStore {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly wakeups: Wakeups,
  ) {}

  list(tenantId: TenantId): Promise<SigningKey[]> {
    return this.database
      .of(tenantId)
      .mapped((keys) => keys.find(SigningKey, { where: { tenantId }, order: { createdAt: 'ASC', kid: 'ASC' } }));
  }

  policy(tenantId: TenantId): Promise<SigningKeySet> {
    return this.database.of(tenantId).mapped((sets) => sets.findOneByOrFail(SigningKeySet, { tenantId }));
  }

  /** @returns false when the tenant has a set already */
  async createSet(tenantId: TenantId, policy: KeyPolicy, changedAt: Date, tx: Queryable): Promise<boolean> {
    const { alg, rotateEveryDays, activateAfterSeconds, overlapSeconds } = policy;
    const rows = await tx.query(
      `INSERT INTO signing_key_sets (tenant_id, changed_at, alg, rotate_every_days, activate_after_seconds, overlap_seconds)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id) DO NOTHING RETURNING tenant_id`,
      [tenantId, changedAt, alg, rotateEveryDays, activateAfterSeconds, overlapSeconds],
    );
    return rows.length === 1;
  }

  /** For tenants that a process of the first release made while the others were replaced: it knew of keys, not of sets. */
  async createMissingSets({ alg, rotateEveryDays, activateAfterSeconds, overlapSeconds }: KeyPolicy, now: Date) {
    await this.database.overTenants.query(
      `INSERT INTO signing_key_sets (tenant_id, changed_at, due_at, alg, rotate_every_days, activate_after_seconds, overlap_seconds)
       SELECT DISTINCT key.tenant_id, $1::timestamptz, $1::timestamptz, $2::text, $3::integer, $4::integer, $5::integer
         FROM signing_keys key LEFT JOIN signing_key_sets known ON known.tenant_id = key.tenant_id WHERE known.tenant_id IS NULL
       ON CONFLICT (tenant_id) DO NOTHING`,
      [now, alg, rotateEveryDays, activateAfterSeconds, overlapSeconds],
    );
  }

  /** Waits for whoever is changing the tenant's keys. */
  async lock(tenantId: TenantId, tx: Transaction): Promise<SigningKeySet> {
    return tx.manager.findOneOrFail(SigningKeySet, { where: { tenantId }, lock: { mode: 'pessimistic_write' } });
  }

  /** Null when it is not due any more, or when another worker is at it. */
  async lockDue(tenantId: TenantId, now: Date, tx: Transaction): Promise<SigningKeySet | null> {
    const set = await tx.manager.findOne(SigningKeySet, {
      where: { tenantId },
      lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' },
    });
    return set?.dueAt && set.dueAt <= now ? set : null;
  }

  /** Across tenants: a hint of where to look, for the rotation loop only. */
  async due(now: Date, limit: number): Promise<TenantId[]> {
    const rows = await this.database.overTenants.query<{ tenant_id: TenantId }>(
      `SELECT tenant_id FROM signing_key_sets WHERE due_at <= $1 ORDER BY due_at LIMIT $2`,
      [now, limit],
    );
    return rows.map((row) => row.tenant_id);
  }

  /** Does nothing to a set that is not due any more. */
  async postpone(tenantId: TenantId, now: Date, dueAt: Date): Promise<void> {
    await this.database
      .of(tenantId)
      .query(`UPDATE signing_key_sets SET due_at = $3 WHERE tenant_id = $1 AND due_at <= $2`, [tenantId, now, dueAt]);
  }

  keysOf(tenantId: TenantId, tx: Transaction): Promise<SigningKey[]> {
    return tx.manager.find(SigningKey, { where: { tenantId }, order: { createdAt: 'ASC', kid: 'ASC' } });
  }

  async insert(
    tenantId: TenantId,
    { kid, alg, publicJwk, privateJwk }: NewKeyPair,
    times: Pick<SigningKey, 'createdAt' | 'activatesAt' | 'overlapSeconds'>,
    tx: Transaction,
  ): Promise<SigningKey> {
    const unused = { retiresAt: null, firstUsedAt: null, lastUsedAt: null, revokedAt: null };
    const key = tx.manager.create(SigningKey, {
      tenantId,
      kid,
      alg,
      publicJwk: publicJwk as object,
      state: 'pending',
      ...times,
      ...unused,
    });
    await tx.manager.insert(SigningKey, key);
    await this.vault.put(tenantId, privateHalf(kid), privateJwk, tx);
    return key;
  }

  /** A key that stops signing loses its private half with the same commit. */
  async change(
    { tenantId, kid }: SigningKey,
    changes: Partial<Pick<SigningKey, 'state' | 'activatesAt' | 'retiresAt' | 'revokedAt'>>,
    tx: Transaction,
  ): Promise<void> {
    await tx.manager.update(SigningKey, { tenantId, kid }, changes);
    if (changes.state === 'retiring' || changes.state === 'revoked')
      await this.vault.forget(tenantId, { kind: 'signing-key', rowId: kid }, tx);
  }

  /** Ends every change: the processes that hold the set in memory read it again. */
  async changed(tenantId: TenantId, dueAt: Date | null, tx: Transaction): Promise<void> {
    await tx.query(
      `UPDATE signing_key_sets SET version = version + 1, changed_at = now(), due_at = $2 WHERE tenant_id = $1`,
      [tenantId, dueAt],
    );
    await this.wakeups.notify(tx, 'signing_keys');
  }

  async savePolicy(tenantId: TenantId, policy: KeyPolicy, tx: Transaction): Promise<void> {
    const { alg, rotateEveryDays, activateAfterSeconds, overlapSeconds } = policy;
    await tx.manager.update(
      SigningKeySet,
      { tenantId },
      { alg, rotateEveryDays, activateAfterSeconds, overlapSeconds },
    );
  }

  /** One statement for the keys of all tenants. Processes may write their uses in any order. */
  async noteUses(uses: readonly RecentUse[]): Promise<void> {
    await this.database.overTenants.query(
      `UPDATE signing_keys AS key
          SET first_used_at = LEAST(key.first_used_at, recent.first_at), last_used_at = GREATEST(key.last_used_at, recent.last_at)
         FROM (SELECT held.tenant_id, held.kid, noted.first_at, noted.last_at
                 FROM signing_keys AS held
                 JOIN unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS noted (tenant_id, kid, first_at, last_at)
                USING (tenant_id, kid)
                ORDER BY held.tenant_id, held.kid FOR UPDATE OF held) AS recent
        WHERE key.tenant_id = recent.tenant_id AND key.kid = recent.kid`,
      [
        uses.map(({ tenantId }) => tenantId),
        uses.map(({ name }) => name),
        uses.map(({ firstAt }) => firstAt),
        uses.map(({ lastAt }) => lastAt),
      ],
    );
  }
}

/** Where the vault keeps the private half. */
export function privateHalf(kid: string): SecretPlace {
  return { kind: 'signing-key', rowId: kid, field: 'private_jwk' };
}
