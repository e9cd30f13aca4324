import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { Config } from '#libs/config';
import { mintToken, readToken, Secret, sha256 } from '#libs/crypto';
import { asTenantId, Database, type TenantId } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { PLATFORM } from '#libs/tenants';
import type { AdminHolder } from './admin-credentials.js';
import { AdminKeys } from './admin-keys.js';

/** Whether it is used or not: a browser that is left alone is nobody's for longer. */
const SESSION_SECONDS = 2 * 3600;

interface StoredSession {
  adminKeyId: string | null;
  expiresAt: Date;
}

/**
 * Sign-ins to the console. A session is worth what its key is worth at that moment: one that is revoked, or that has ended, ends its sessions
 * with it, and a new `ADMIN_TOKEN` ends all of them.
 */
@Injectable()
export class ConsoleSessions {
  readonly #adminToken: Buffer;

  constructor(
    config: Config,
    private readonly database: Database,
    private readonly keys: AdminKeys,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {
    this.#adminToken = sha256(config.adminToken);
  }

  /** @returns what the cookie is to hold, known to nobody else from then on */
  async begin({ key }: AdminHolder, actor: Actor): Promise<{ token: Secret<string>; expiresAt: Date }> {
    const tenantId = key?.tenantId ?? PLATFORM;
    const { token, digest } = mintToken('console', tenantId);
    const now = this.clock.now();
    const latest = secondsAfter(now, SESSION_SECONDS);
    const expiresAt = key?.expiresAt && key.expiresAt < latest ? key.expiresAt : latest;
    await this.database.of(tenantId).transaction(async (tx) => {
      await tx.query(
        `INSERT INTO console_sessions (tenant_id, digest, admin_key_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
        [tenantId, this.#stored(digest), key?.id ?? null, now, expiresAt],
      );
      const details = { expires_at: expiresAt.toISOString() };
      await this.audit.record(tx, tenantId, { actor, action: 'console.signed_in', subject: key?.id, details });
    });
    return { token: new Secret(token), expiresAt };
  }

  /** Nothing of it is remembered: what ended it is felt by the next request. @returns null when there is no such session any more */
  async find(token: string): Promise<(AdminHolder & { expiresAt: Date }) | null> {
    const named = this.#named(token);
    if (!named) return null;
    const [session] = await this.database.of(named.tenantId).query<StoredSession>(
      `SELECT admin_key_id AS "adminKeyId", expires_at AS "expiresAt" FROM console_sessions
        WHERE tenant_id = $1 AND digest = $2 AND expires_at > $3`,
      [named.tenantId, named.digest, this.clock.now()],
    );
    if (!session) return null;
    const { adminKeyId, expiresAt } = session;
    if (adminKeyId === null) return { key: null, expiresAt };
    const key = await this.keys.stillGood(named.tenantId, adminKeyId);
    return key && { key, expiresAt };
  }

  /** Ending one that is not there changes nothing. */
  async end(token: string, actor: Actor): Promise<void> {
    const named = this.#named(token);
    if (!named) return;
    const { tenantId, digest } = named;
    await this.database.of(tenantId).transaction(async (tx) => {
      const [ended] = await tx.query<{ id: string | null }>(
        `DELETE FROM console_sessions WHERE tenant_id = $1 AND digest = $2 RETURNING admin_key_id AS id`,
        [tenantId, digest],
      );
      const about = ended?.id ? { subject: ended.id } : {};
      if (ended) await this.audit.record(tx, tenantId, { actor, action: 'console.signed_out', ...about });
    });
  }

  /** Across tenants, for the retention loop. @returns how many it took */
  async deleteExpired(limit: number): Promise<number> {
    const rows = await this.database.overTenants.query(
      `DELETE FROM console_sessions WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM console_sessions WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING tenant_id`,
      [this.clock.now(), limit],
    );
    return rows.length;
  }

  #named(token: string): { tenantId: TenantId; digest: Buffer } | null {
    const named = readToken('console', token);
    return named && { tenantId: asTenantId(named.tenantId), digest: this.#stored(named.digest) };
  }

  /** Says nothing of `ADMIN_TOKEN` to whoever reads the table: the cookie's part is random, and not there. */
  #stored(digest: Buffer): Buffer {
    return sha256(Buffer.concat([digest, this.#adminToken]));
  }
}
