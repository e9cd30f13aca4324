import { Injectable } from '@nestjs/common';
import { Config } from '#libs/config';
import { Database } from '#libs/database';
import { Clock } from '#libs/scheduling';
import type { TokenAnswer } from './app-oauth2-strategy.js';
import { AttemptSteps } from './attempt-steps.store.js';
import type { ConsentContext } from './consent-contexts.js';
import { failures } from './connect-failure.js';
import { upstreamFragment } from './upstream-address.js';

/** What its documents do not agree on: the shortest of their times (protocol.md §2.2). */
const LIFE_SECONDS = 36_000;

/** The legacy grant of Zapier's Partner API, whose token comes in a fragment: off unless the operator has switched it on. */
@Injectable()
export class ImplicitGrant {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly steps: AttemptSteps,
    private readonly clock: Clock,
  ) {}

  /** The page that reads fragments is one for all tenants: it learns from the fragment whose it is. */
  async isOn(upstreamName: string): Promise<boolean> {
    const rows = await this.database.overTenants.query(
      `SELECT 1 FROM upstreams WHERE name = $1 AND mode = 'user' AND implicit AND enabled LIMIT 1`,
      [upstreamName],
    );
    return rows.length === 1;
  }

  /** Whether this attempt is for an account that is linked this way. */
  isFor({ app, upstream }: ConsentContext): boolean {
    return app.definition.security.kind === 'oauth2' && upstream?.mode === 'user' && upstream.implicit;
  }

  /** Where the browser goes on. */
  async begin({ attempt, app, upstream }: ConsentContext): Promise<string> {
    const { security } = app.definition;
    if (security.kind !== 'oauth2' || !upstream) throw failures.misconfigured();
    const url = new URL(security.authorizationUrl);
    const parameters = {
      response_type: 'token',
      client_id: app.oauthClientId ?? '',
      redirect_uri: upstreamFragment(this.config.publicUrl, upstream),
      scope: app.scopes.join(' '),
      state: await this.steps.beginConsent(attempt),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /**
   * What the page read of the fragment and the query, as a token endpoint would have answered it. This grant has no refresh token.
   * @throws ConnectFailure
   */
  answer(given: Readonly<Record<string, unknown>>): TokenAnswer {
    const { error, access_token, expires_in, scope, token_type: type = 'Bearer' } = given;
    if (error !== undefined) throw failures.oauth(isCode(error) ? error : 'refused');
    if (typeof access_token !== 'string' || access_token === '' || typeof type !== 'string') throw unreadable();
    // RFC 6749 §7.1: a client must not use a token whose type it does not understand.
    if (type.toLowerCase() !== 'bearer') throw unreadable();
    const life = Number(expires_in) > 0 ? expires_in : LIFE_SECONDS;
    const members = { access_token, expires_in: life, ...(typeof scope === 'string' && scope !== '' && { scope }) };
    return { members, askedAt: this.clock.now() };
  }
}

function unreadable() {
  return failures.oauth('invalid_token_response');
}

function isCode(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z_]{1,64}$/.test(value);
}
