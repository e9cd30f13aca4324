import { Injectable } from '@nestjs/common';
import { readToken } from '#libs/crypto';
import { Database, asTenantId, isUuid, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Sealer } from '#libs/vault';
import { authorizationFailures } from './authorization-error.js';
import { AuthorizationRequests, type SignedInRequest } from './authorization-requests.store.js';

/** A second click comes at once. */
const KEPT_SECONDS = 60;

/** Answers requests, each once; to the same browser, for a moment, with the same answer again. */
@Injectable()
export class AuthorizationAnswers {
  constructor(
    private readonly database: Database,
    private readonly requests: AuthorizationRequests,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
  ) {}

  /**
   * Ends the request and makes its answer in one transaction, so that it is answered once or not at all.
   * @param make the URL to send the browser to
   * @throws AuthorizationFailure when it was answered before
   */
  once(request: SignedInRequest, make: (tx: Transaction) => Promise<string>): Promise<string> {
    const { tenantId, id, cookieDigest } = request;
    return this.database.of(tenantId).transaction(async (tx) => {
      if (!(await this.requests.end(tenantId, id, tx))) throw authorizationFailures.ended();
      const location = await make(tx);
      const sealed = this.sealer.seal(purpose(tenantId, id), Buffer.from(location));
      await tx.query(
        `INSERT INTO authorization_answers (tenant_id, request_id, cookie_digest, location, expires_at) VALUES ($1, $2, $3, $4, $5)`,
        [tenantId, id, cookieDigest, sealed, secondsAfter(this.clock.now(), KEPT_SECONDS)],
      );
      return location;
    });
  }

  /** The answer that this browser got just now; null when there was none. */
  async ofBrowser(requestId: string, cookie: string | undefined): Promise<string | null> {
    const named = cookie === undefined ? null : readToken('cookie', cookie);
    if (!named || !isUuid(requestId)) return null;
    const [row] = await this.database.of(named.tenantId).query<{ id: string; location: string }>(
      `SELECT request_id AS id, location FROM authorization_answers
        WHERE tenant_id = $1 AND request_id = $2 AND cookie_digest = $3 AND expires_at > $4`,
      [named.tenantId, requestId, named.digest, this.clock.now()],
    );
    const opened = row && (await this.sealer.open(purpose(asTenantId(named.tenantId), row.id), row.location));
    return opened?.toString('utf8') ?? null;
  }

  /** Across tenants: for the retention loop only. */
  async deleteExpired(limit: number): Promise<number> {
    const rows = await this.database.overTenants.query(
      `DELETE FROM authorization_answers WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM authorization_answers WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1`,
      [this.clock.now(), limit],
    );
    return rows.length;
  }
}

/** Put into another row, it does not open. */
function purpose(tenantId: TenantId, requestId: string): [string, TenantId, string] {
  return ['authorization-answer', tenantId, requestId];
}
