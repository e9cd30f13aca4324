import { Injectable } from '@nestjs/common';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import type { Oauth2Credentials } from '#libs/connections';
import type { TenantId } from '#libs/database';
import { Egress, EgressError } from '#libs/egress';
import { Problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { readRefreshAnswer, retryLater, type RefreshOutcome } from './refresh-outcome.js';

/** A call is given this long, and never cut off earlier: its answer may be the only copy of the next refresh token. */
export const REFRESH_DEADLINE_SECONDS = 30;

/** The refresh token grant towards an app (RFC 6749 §6). */
@Injectable()
export class TokenRefresh {
  constructor(
    private readonly catalog: TenantCatalog,
    private readonly egress: Egress,
    private readonly clock: Clock,
  ) {}

  async ask(tenantId: TenantId, app: TenantAppView, spent: Oauth2Credentials): Promise<RefreshOutcome> {
    const askedAt = this.clock.now();
    try {
      const response = await this.egress.request({
        method: 'POST',
        url: refreshUrl(app),
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: await this.#form(tenantId, app, spent),
        timeoutSeconds: REFRESH_DEADLINE_SECONDS,
      });
      return readRefreshAnswer(response, spent, askedAt);
    } catch (error) {
      if (error instanceof EgressError || error instanceof Problem) return retryLater(error.message);
      throw error;
    }
  }

  async #form(tenantId: TenantId, app: TenantAppView, spent: Oauth2Credentials): Promise<string> {
    const { clientId, clientSecret } = await this.catalog.oauthClient(tenantId, app);
    return new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: spent.refreshToken ?? '',
      client_id: clientId,
      client_secret: clientSecret.reveal(),
    }).toString();
  }
}

function refreshUrl({ definition: { security } }: TenantAppView): string {
  if (security.kind !== 'oauth2') throw new Error('The app has no OAuth to refresh with.');
  return security.refreshUrl ?? security.tokenUrl;
}
