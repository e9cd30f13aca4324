import { Injectable } from '@nestjs/common';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { Egress, EgressError, retryAfterSeconds, type EgressResponse } from '#libs/egress';
import { Problem } from '#libs/errors';
import { Clock, secondsAfter } from '#libs/scheduling';
import { AlteredSecretError } from '#libs/vault';
import type { Credentials } from './credentials.js';
import { MOST_PAUSE_SECONDS } from './revocation-schedule.js';

/** After a 429 that does not say how long. */
const UNSAID_PAUSE_SECONDS = 5;

/** How telling the third party went. `unsupported`: its document names no RFC 7009 endpoint, or there is no token to revoke. */
export type RevocationOutcome = 'revoked' | 'failed' | 'unsupported';

/** `pending`: a worker is still to tell it. */
export type RevocationState = RevocationOutcome | 'pending';

/** How one try went. */
export interface RevocationAttempt {
  outcome: RevocationOutcome;
  /** Of one that `failed`: that another may go better, and the time before which the third party wants no more calls, of nobody's. */
  later?: { notBefore: Date | null };
  /** Whether the third party said anything; absent where it was not asked, and for upstreams, which have circuits of their own. */
  isAnswered?: boolean;
}

/** Whoever holds accounts for us, and can be told to let one go. */
export interface AccountHolder {
  /** Never throws for what the holder does. */
  letGo(tenantId: TenantId, app: TenantAppView, connectionId: string, remoteId: string): Promise<RevocationAttempt>;
}

export const UNSUPPORTED: RevocationAttempt = { outcome: 'unsupported' };

/** Of a token that does not open: nobody can be told of it. */
export const UNREADABLE: RevocationAttempt = { outcome: 'failed' };

/** Tells the third party that a connection's tokens are no longer needed (RFC 7009). */
@Injectable()
export class Revocations {
  #holder: AccountHolder | null = null;

  constructor(
    private readonly catalog: TenantCatalog,
    private readonly egress: Egress,
    private readonly clock: Clock,
  ) {}

  /** Of accounts that upstreams hold: their lib builds on this one. */
  tellHolder(holder: AccountHolder): void {
    this.#holder = holder;
  }

  /**
   * Never throws for what the third party does, nor for a secret that was altered: our own copy is gone by then, and that is what counts.
   * @throws KeyringError
   */
  async revoke(
    tenantId: TenantId,
    app: TenantAppView,
    connectionId: string,
    credentials: Secret<Credentials>,
  ): Promise<RevocationAttempt> {
    try {
      return await this.#tell(tenantId, app, connectionId, credentials);
    } catch (error) {
      if (error instanceof EgressError) return unanswered(error);
      if (error instanceof Problem || error instanceof AlteredSecretError) return { outcome: 'failed' };
      throw error;
    }
  }

  async #tell(
    tenantId: TenantId,
    app: TenantAppView,
    connectionId: string,
    credentials: Secret<Credentials>,
  ): Promise<RevocationAttempt> {
    const { security } = app.definition;
    const value = credentials.reveal();
    if (value.kind === 'upstream')
      return (await this.#holder?.letGo(tenantId, app, connectionId, value.id)) ?? UNSUPPORTED;
    if (security.kind !== 'oauth2' || security.revocationUrl === undefined || value.kind !== 'oauth2')
      return UNSUPPORTED;
    const { clientId, clientSecret } = await this.catalog.oauthClient(tenantId, app);
    const answer = await this.egress.request({
      purpose: 'revocation',
      method: 'POST',
      url: security.revocationUrl,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        ...(value.refreshToken === null
          ? { token: value.accessToken, token_type_hint: 'access_token' }
          : { token: value.refreshToken, token_type_hint: 'refresh_token' }),
        client_id: clientId,
        client_secret: clientSecret.reveal(),
      }).toString(),
    });
    return this.#judge(answer);
  }

  /** A 503 means that the token is still there, and may be revoked after the time that Retry-After says (RFC 7009 §2.2.1). */
  #judge({ status, headers }: EgressResponse): RevocationAttempt {
    if (status < 300) return { outcome: 'revoked', isAnswered: true };
    if (status !== 429 && status < 500) return { outcome: 'failed', isAnswered: true };
    const now = this.clock.now();
    const said = retryAfterSeconds(headers['retry-after'], now, MOST_PAUSE_SECONDS);
    const pause = said ?? (status === 429 ? UNSAID_PAUSE_SECONDS : null);
    const notBefore = pause === null ? null : secondsAfter(now, pause);
    return { outcome: 'failed', later: { notBefore }, isAnswered: true };
  }
}

function unanswered({ failure }: EgressError): RevocationAttempt {
  // An address that is not allowed is as little allowed later.
  return failure === 'blocked'
    ? { outcome: 'failed' }
    : { outcome: 'failed', later: { notBefore: null }, isAnswered: false };
}
