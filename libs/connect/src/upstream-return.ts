import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Connections } from '#libs/connections';
import {
  readAuthentication,
  readPage,
  UpstreamCalls,
  UpstreamError,
  type RemoteAuthentication,
  type Upstream,
} from '#libs/upstream';
import type { ConsentContext } from './consent-contexts.js';
import { failures } from './connect-failure.js';
import { readUpstreamAnswer, type GivenConnection } from './upstream-answer.js';

/** Its list may be of a copy that is a moment behind. */
const LOOKS_AFTER_MILLISECONDS = [0, 250, 500, 1000, 2000];
const PAGE = 100;
/** More connections of one app than a person has. */
const MAX_PAGES = 20;

/** A connection at an upstream that was read back: it is this user's, of this app, and usable. */
export interface RemoteConnection {
  id: string;
  title: string | null;
}

/** Believes no id that a browser brings: only what the upstream itself lists for this very user is theirs. */
@Injectable()
export class UpstreamReturn {
  constructor(
    private readonly calls: UpstreamCalls,
    private readonly connections: Connections,
  ) {}

  /**
   * @param answer of the browser's return, or of the popup's message
   * @throws ConnectFailure, UpstreamError
   */
  async read(context: ConsentContext, upstream: Upstream, answer: Record<string, unknown>): Promise<RemoteConnection> {
    const given = readUpstreamAnswer(answer);
    const { userId } = context.attempt;
    if (given.confirmation) await this.#confirm(upstream, userId, given.confirmation);
    const found = await this.#find(context, upstream, given.id);
    if (!found) throw failures.oauth('connection_not_found');
    if (found.isExpired) throw failures.oauth('connection_expired');
    return { id: found.id, title: found.title === '' ? null : found.title };
  }

  /** What the upstream calls the connection that is to be renewed. */
  async renewed({ attempt: { tenantId, reconnectId } }: ConsentContext): Promise<string | null> {
    const held = reconnectId === null ? null : await this.connections.credentials(tenantId, reconnectId);
    const credentials = held?.value.reveal();
    return credentials?.kind === 'upstream' ? credentials.id : null;
  }

  /** A second confirmation of one attempt is refused, and means that the first arrived: the list tells. */
  async #confirm(
    upstream: Upstream,
    userId: string,
    { attempt, connectCode }: NonNullable<GivenConnection['confirmation']>,
  ): Promise<void> {
    const path = `/v2/connect-attempts/${encodeURIComponent(attempt)}/confirm`;
    const body = { connect_code: connectCode };
    await this.calls
      .call(upstream, userId, { method: 'POST', path, body, urgency: 'person' })
      .catch((error: unknown) => {
        if (!(error instanceof UpstreamError) || error.kind !== 'refused') throw error;
      });
  }

  /** One that is not usable yet may become it too: a renewal is as new as a connection. */
  async #find(context: ConsentContext, upstream: Upstream, id: string): Promise<RemoteAuthentication | null> {
    let found: RemoteAuthentication | null = null;
    for (const milliseconds of LOOKS_AFTER_MILLISECONDS) {
      await wait(milliseconds);
      found = await this.#look(context, upstream, id);
      if (found && !found.isExpired) return found;
    }
    return found;
  }

  async #look({ attempt, app }: ConsentContext, upstream: Upstream, id: string): Promise<RemoteAuthentication | null> {
    const { security } = app.definition;
    if (security.kind !== 'upstream') return null;
    const names = [security.remoteId, security.remoteKey].map((name) => name.toLowerCase());
    for (let pages = 0, offset = 0; pages < MAX_PAGES; pages += 1) {
      const query = { app: security.remoteId, limit: String(PAGE), offset: String(offset) };
      const request = { method: 'GET', path: '/v2/authentications', query, urgency: 'person' } as const;
      const list = readPage((await this.calls.call(upstream, attempt.userId, request)).body);
      const items = list?.items ?? [];
      const found = items.map(readAuthentication).find((one) => one?.id === id);
      if (found) return found.appId === null || names.includes(found.appId.toLowerCase()) ? found : null;
      if (items.length === 0 || (items.length < PAGE && list?.next === null)) return null;
      offset += items.length;
    }
    return null;
  }
}
