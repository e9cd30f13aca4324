import { Injectable } from '@nestjs/common';
import { Users } from '#libs/tenants';
import { DoctorLooks, type DoctorCheck } from './doctor-looks.js';
import { PartnerJwts } from './partner-jwts.js';
import { CLIENT_CREDENTIALS, exchangeOf, TOKEN_TYPES } from './token-exchange.js';
import { readPage } from './upstream-body.js';
import { UpstreamCalls } from './upstream-calls.js';
import { UpstreamError } from './upstream-error.js';
import { UpstreamTokenEndpoint, type IssuedToken } from './upstream-token-endpoint.js';
import type { Upstream } from './upstream.entity.js';

/** Whom a JWT names where the tenant has no user yet. */
const NOBODY = { subject: 'gatehouse-doctor', org: 'gatehouse-doctor' };

/** Of each call: somebody waits for all of them, and each may have to wait for its turn before. */
const TIMEOUT_SECONDS = 10;

/** Tries all that an upstream needs of us, and we of it, and says of each in a sentence how it went, within half a minute. It changes nothing of ours. */
@Injectable()
export class UpstreamDoctor {
  constructor(
    private readonly looks: DoctorLooks,
    private readonly calls: UpstreamCalls,
    private readonly endpoint: UpstreamTokenEndpoint,
    private readonly jwts: PartnerJwts,
    private readonly users: Users,
  ) {}

  async examine(upstream: Upstream, slug: string): Promise<DoctorCheck[]> {
    const [clock, jwks, connect, catalog] = await Promise.all([
      this.looks.clockOf(upstream),
      upstream.mode === 'jwt' ? this.looks.keysOf(upstream, slug) : null,
      upstream.mode === 'app' ? null : this.looks.connectPageOf(upstream),
      this.#catalog(upstream),
    ]);
    const redirects = upstream.mode === 'app' ? null : this.looks.redirectUrisOf(upstream);
    const tokens = await this.#tokens(upstream);
    return [clock, jwks, redirects, ...tokens, connect, catalog].filter((check) => check !== null);
  }

  async #tokens(upstream: Upstream): Promise<DoctorCheck[]> {
    try {
      const [issued, whose] = await this.#ask(upstream);
      const check = { check: 'credentials', ok: true, detail: `A token was given ${whose}.` };
      return [check, scopesOf(upstream, issued)];
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      // It knows our client, and says so by refusing what is no refresh token of anybody's.
      const isKnown = upstream.mode === 'user' && error.hasCode('invalid_grant', 'invalid_request');
      const detail = error.hasCode('invalid_client') ? 'The client id or the client secret is wrong.' : error.message;
      return [
        { check: 'credentials', ok: isKnown, detail: isKnown ? 'The client id and secret are accepted.' : detail },
      ];
    }
  }

  async #ask(upstream: Upstream): Promise<[IssuedToken, whose: string]> {
    const ask = (parameters: Record<string, string>) =>
      this.endpoint.ask(upstream, parameters, 'person', TIMEOUT_SECONDS);
    const scope = upstream.scopes.join(' ');
    if (upstream.mode === 'app')
      return [await ask({ grant_type: CLIENT_CREDENTIALS, ...(scope && { scope }) }), 'to the client itself'];
    if (upstream.mode === 'user')
      return [
        await ask({ grant_type: 'refresh_token', refresh_token: 'gatehouse-doctor' }),
        'for a made-up refresh token',
      ];
    const [user = NOBODY] = await this.users.list(upstream.tenantId, { limit: 1 });
    const jwt = await this.jwts.sign(upstream, upstream.tenantId, user);
    const whose = user === NOBODY ? 'for a made-up user, since the tenant has none yet' : 'for the newest user';
    return [await ask({ ...exchangeOf(jwt, TOKEN_TYPES.jwt, TOKEN_TYPES.access), scope }), whose];
  }

  async #catalog(upstream: Upstream): Promise<DoctorCheck> {
    const check = 'catalog';
    try {
      const query = { limit: '1', offset: '0' };
      const { body } = await this.calls.call(upstream, null, {
        method: 'GET',
        path: '/v2/apps',
        query,
        urgency: 'person',
        timeoutSeconds: TIMEOUT_SECONDS,
      });
      const page = readPage(body);
      if (!page)
        return { check, ok: false, detail: 'The list of apps could not be read: it is no list. Check api_url.' };
      return {
        check,
        ok: true,
        detail: `The list of apps can be read${page.count === null ? '' : `: ${page.count} apps`}.`,
      };
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      return { check, ok: false, detail: error.message };
    }
  }
}

function scopesOf({ scopes }: Upstream, issued: IssuedToken): DoctorCheck {
  const missing = scopes.filter((scope) => issued.scopes !== null && !issued.scopes.includes(scope));
  if (missing.length === 0)
    return { check: 'scopes', ok: true, detail: 'All scopes that were asked for were granted.' };
  return {
    check: 'scopes',
    ok: false,
    detail: `Not granted: ${missing.join(', ')}. Have them allowed there for this client, or leave them out of scopes.`,
  };
}
