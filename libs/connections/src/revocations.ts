import { Injectable } from '@nestjs/common';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { Egress, EgressError } from '#libs/egress';
import { Problem } from '#libs/errors';
import { AlteredSecretError } from '#libs/vault';
import type { Credentials } from './credentials.js';

/** How telling the third party went. `unsupported`: its document names no RFC 7009 endpoint, or there is no token to revoke. */
export type RevocationOutcome = 'revoked' | 'failed' | 'unsupported';

/** `pending`: a worker is still to tell it. */
export type RevocationState = RevocationOutcome | 'pending';

/** Whoever holds accounts for us, and can be told to let one go. */
export interface AccountHolder {
  /** Never throws for what the holder does. */
  letGo(tenantId: TenantId, app: TenantAppView, connectionId: string, remoteId: string): Promise<RevocationOutcome>;
}

/** Tells the third party that a connection's tokens are no longer needed (RFC 7009). */
@Injectable()
export class Revocations {
  #holder: AccountHolder | null = null;

  constructor(
    private readonly catalog: TenantCatalog,
    private readonly egress: Egress,
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
  ): Promise<RevocationOutcome> {
    try {
      return await this.#tell(tenantId, app, connectionId, credentials);
    } catch (error) {
      if (error instanceof EgressError || error instanceof Problem || error instanceof AlteredSecretError)
        return 'failed';
      throw error;
    }
  }

  async #tell(
    tenantId: TenantId,
    app: TenantAppView,
    connectionId: string,
    credentials: Secret<Credentials>,
  ): Promise<RevocationOutcome> {
    const { security } = app.definition;
    const value = credentials.reveal();
    if (value.kind === 'upstream')
      return (await this.#holder?.letGo(tenantId, app, connectionId, value.id)) ?? 'unsupported';
    if (security.kind !== 'oauth2' || security.revocationUrl === undefined || value.kind !== 'oauth2')
      return 'unsupported';
    const { clientId, clientSecret } = await this.catalog.oauthClient(tenantId, app);
    const { status } = await this.egress.request({
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
    return status < 300 ? 'revoked' : 'failed';
  }
}
