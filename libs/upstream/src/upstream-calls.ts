import { Injectable } from '@nestjs/common';
import type { UpstreamBearer } from './upstream-bearer.js';
import { UpstreamError } from './upstream-error.js';
import { UpstreamHttp } from './upstream-http.js';
import type { UpstreamAnswer, UpstreamRequest } from './upstream-request.js';
import { UpstreamTokens } from './upstream-tokens.js';
import type { Upstream } from './upstream.entity.js';

/** Calls of an upstream's API: nothing else of ours talks to one. */
@Injectable()
export class UpstreamCalls {
  constructor(
    private readonly http: UpstreamHttp,
    private readonly tokens: UpstreamTokens,
  ) {}

  /**
   * @param userId whose token; null: as the client itself, known by its id in the query, for what is public
   * @returns an answer of 2xx @throws UpstreamError
   */
  async call(upstream: Upstream, userId: string | null, request: UpstreamRequest): Promise<UpstreamAnswer> {
    if (!upstream.enabled) throw new UpstreamError('paused', `${upstream.title} is switched off.`);
    if (userId === null) return this.#send(upstream, null, request);
    // Without it none of them gets on: an exchange is no call that stands behind others in their line.
    const urgency = request.keepsLine === true ? 'person' : request.urgency;
    const bearer = await this.tokens.take(upstream, userId, urgency);
    try {
      return await this.#send(upstream, bearer, request);
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      await bearer.drop();
      const another = await this.tokens.take(upstream, userId, urgency);
      return await this.#send(upstream, another, request).catch((again: unknown) => {
        throw isUnauthorized(again) ? unaccepted(upstream, again) : again;
      });
    }
  }

  #send(upstream: Upstream, bearer: UpstreamBearer | null, request: UpstreamRequest): Promise<UpstreamAnswer> {
    const { method, body, urgency, timeoutSeconds, isReturning, keepsLine, beforeSend } = request;
    const url = new URL(upstream.apiUrl + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    if (!bearer) url.searchParams.set('client_id', upstream.clientId);
    return this.http.send(upstream, {
      method,
      url: url.href,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...request.headers,
        ...(bearer && { authorization: `Bearer ${bearer.token.reveal()}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      urgency,
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
      ...(isReturning !== undefined && { isReturning }),
      ...(keepsLine !== undefined && { keepsLine }),
      ...(beforeSend && { beforeSend }),
    });
  }
}

/** The documents say 401; its gateway was seen to answer 403 with that code (protocol.md §6.1). */
function isUnauthorized(error: unknown): error is UpstreamError {
  if (!(error instanceof UpstreamError) || error.kind !== 'refused') return false;
  return error.status === 401 || (error.status === 403 && error.hasCode('authentication_failed'));
}

function unaccepted({ mode, title }: Upstream, { status, problems }: UpstreamError): UpstreamError {
  const message = `${title} does not accept the token that it has just given us.`;
  return new UpstreamError(mode === 'user' ? 'unlinked' : 'unavailable', message, { status, problems });
}
