import { Injectable } from '@nestjs/common';
import { digestsEqual, mintToken, readToken, Secret, sha256 } from '#libs/crypto';
import { Database, asTenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { Vault, type SecretPlace } from '#libs/vault';
import { columns } from './attempt-columns.js';
import { MAX_TRIES } from './attempts.store.js';
import type { ConnectAttempt } from './connect-attempt.entity.js';

/** What a returned `state` belongs to. */
export interface Returned {
  attempt: ConnectAttempt;
  /** It came back before: a page that was reloaded, or a button that was pressed twice. */
  again: boolean;
}

/** What a browser does between opening an attempt and its end. Each step is one statement, which only one of many at once carries out. */
@Injectable()
export class AttemptSteps {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /**
   * A new `state` for the third party. Going back and pressing Continue again makes the earlier one void, with its verifier: of two at once
   * the state and the verifier that stay are of the same one.
   */
  async beginConsent({ tenantId, id }: ConnectAttempt, verifier?: string): Promise<string> {
    const { token, digest } = mintToken('state', tenantId);
    await this.database.of(tenantId).transaction(async (tx) => {
      const rows = await tx.query(
        `UPDATE connect_attempts SET state = 'consenting', oauth_state_digest = $3
          WHERE tenant_id = $1 AND id = $2 AND state IN ('opened', 'consenting') AND returned_at IS NULL RETURNING id`,
        [tenantId, id, digest],
      );
      // Behind the statement that holds the row.
      if (rows.length === 1 && verifier !== undefined)
        await this.vault.put(tenantId, verifierPlace(id), new Secret(verifier), tx);
    });
    return token;
  }

  async verifier({ tenantId, id }: ConnectAttempt): Promise<string | null> {
    return (await this.vault.get<string>(tenantId, verifierPlace(id)))?.value.reveal() ?? null;
  }

  /**
   * Uses up a returned `state`, whoever brings it. Whether the bringer is the browser that began is for the caller to check, with the
   * attempt's cookie: it is used up either way, so that a stolen one is worth nothing twice.
   */
  async endConsent(state: string): Promise<Returned | null> {
    const named = readToken('state', state);
    if (!named) return null;
    const key = [asTenantId(named.tenantId), named.digest];
    const now = this.clock.now();
    const [first] = await this.database.of(named.tenantId).query<ConnectAttempt>(
      `UPDATE connect_attempts SET returned_at = $3
        WHERE tenant_id = $1 AND oauth_state_digest = $2 AND state = 'consenting' AND returned_at IS NULL AND expires_at > $3
        RETURNING ${columns}`,
      [...key, now],
    );
    if (first) return { attempt: first, again: false };
    const [before] = await this.database
      .of(named.tenantId)
      .query<ConnectAttempt>(
        `SELECT ${columns} FROM connect_attempts WHERE tenant_id = $1 AND oauth_state_digest = $2`,
        key,
      );
    return before ? { attempt: before, again: true } : null;
  }

  /** As `endConsent`, for what a popup told our own page. Null when it came back before, or the attempt is over. */
  async endPopup({ tenantId, id }: ConnectAttempt): Promise<ConnectAttempt | null> {
    const [row] = await this.database.of(tenantId).query<ConnectAttempt>(
      `UPDATE connect_attempts SET returned_at = $3
        WHERE tenant_id = $1 AND id = $2 AND state = 'consenting' AND returned_at IS NULL AND expires_at > $3
        RETURNING ${columns}`,
      [tenantId, id, this.clock.now()],
    );
    return row ?? null;
  }

  /** Counts a try of credentials before it is made. Null when there is none left, or the attempt is over. */
  async beginTry({ tenantId, id }: ConnectAttempt): Promise<ConnectAttempt | null> {
    const [row] = await this.database.of(tenantId).query<ConnectAttempt>(
      `UPDATE connect_attempts SET state = 'consenting', tries = tries + 1
        WHERE tenant_id = $1 AND id = $2 AND state IN ('opened', 'consenting') AND duplicate_id IS NULL AND tries < $3 AND expires_at > $4
        RETURNING ${columns}`,
      [tenantId, id, MAX_TRIES, this.clock.now()],
    );
    return row ?? null;
  }

  /** The person has a connection to this account already, and is asked what to do. False when the attempt is over. */
  async ask({ tenantId, id }: ConnectAttempt, duplicateId: string): Promise<boolean> {
    const rows = await this.database
      .of(tenantId)
      .query(
        `UPDATE connect_attempts SET duplicate_id = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'consenting' RETURNING id`,
        [tenantId, id, duplicateId],
      );
    return rows.length === 1;
  }

  belongsTo(attempt: ConnectAttempt, cookie: string | undefined): boolean {
    return cookie !== undefined && attempt.cookieDigest !== null && digestsEqual(attempt.cookieDigest, sha256(cookie));
  }
}

/** Of PKCE (RFC 7636). */
function verifierPlace(attemptId: string): SecretPlace {
  return { kind: 'connect-attempt', rowId: attemptId, field: 'code_verifier' };
}
