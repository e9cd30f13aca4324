import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { Clock, secondsAfter } from '#libs/scheduling';
import { isObject, textOf } from './upstream-body.js';
import { UpstreamError } from './upstream-error.js';
import { UpstreamHttp } from './upstream-http.js';
import { readProblems } from './upstream-problems.js';
import type { UpstreamUrgency } from './upstream-request.js';
import type { Upstream } from './upstream.entity.js';
import { Upstreams } from './upstreams.store.js';

/** Where the answer does not say how long the token lives (protocol.md §3.3). */
const ASSUMED_SECONDS = 3600;
const MAX_SECONDS = 90 * 86_400;

export interface IssuedToken {
  token: Secret<string>;
  /** Counted from before the request, so that it is never thought to live longer than it does. */
  endsAt: Date;
  /** Null where it does not say: those that were asked for. */
  scopes: string[] | null;
}

/** The token endpoint of an upstream, as its client. The secret goes in the body, as the one public client does it (protocol.md §3.4). */
@Injectable()
export class UpstreamTokenEndpoint {
  constructor(
    private readonly http: UpstreamHttp,
    private readonly upstreams: Upstreams,
    private readonly clock: Clock,
  ) {}

  /** @throws UpstreamError; `refused` with the endpoint's error as its problem's code */
  async ask(
    upstream: Upstream,
    parameters: Record<string, string>,
    urgency: UpstreamUrgency,
    timeoutSeconds?: number,
  ): Promise<IssuedToken> {
    const secret = await this.upstreams.clientSecret(upstream);
    const client = { client_id: upstream.clientId, ...(secret && { client_secret: secret.reveal() }) };
    const askedAt = this.clock.now();
    const { status, body } = await this.http.send(upstream, {
      method: 'POST',
      url: upstream.tokenUrl,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({ ...parameters, ...client }).toString(),
      urgency,
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    });
    const members = isObject(body) ? body : {};
    const token = textOf(members.access_token);
    if (token !== null) return { token: new Secret(token), ...factsOf(members, askedAt) };
    const problems = readProblems(body);
    const message = `${upstream.title} answered ${status} without a token.`;
    throw new UpstreamError(problems.length > 0 ? 'refused' : 'unavailable', message, { status, problems });
  }
}

function factsOf({ expires_in: expiresIn, scope }: Record<string, unknown>, askedAt: Date) {
  const seconds = typeof expiresIn === 'number' || typeof expiresIn === 'string' ? Number(expiresIn) : Number.NaN;
  return {
    endsAt: secondsAfter(askedAt, seconds > 0 ? Math.min(seconds, MAX_SECONDS) : ASSUMED_SECONDS),
    scopes: typeof scope === 'string' ? scope.split(' ').filter(Boolean) : null,
  };
}
