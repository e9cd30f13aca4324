import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { TenantAppView } from '#libs/catalog';
import {
  RemoteAccounts,
  Revocations,
  type AccountHolder,
  type RemoteAccount,
  type RevocationAttempt,
} from '#libs/connections';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { readAuthentication } from './remote-authentication.js';
import { remoteAppOf, type RemoteAppName } from './upstream-app-view.js';
import { readOne, type JsonObject } from './upstream-body.js';
import { UpstreamCalls } from './upstream-calls.js';
import { UpstreamError } from './upstream-error.js';
import { UpstreamLists } from './upstream-lists.js';
import { UpstreamRefusals } from './upstream-refusals.js';
import type { UpstreamWarning } from './upstream-warnings.js';
import type { Upstream } from './upstream.entity.js';
import { Upstreams } from './upstreams.store.js';

const PATH = '/v2/authentications';
const TIMEOUT_SECONDS = 10;
/** A server that has no such call says one of these. */
const UNSUPPORTED = [404, 405, 501];
/** Asking again brings the same. */
const FINAL: ReadonlySet<UpstreamError['kind']> = new Set(['unlinked', 'refused']);
const WARNINGS: Partial<Record<UpstreamError['kind'], UpstreamWarning['code']>> = {
  unlinked: 'unlinked',
  throttled: 'throttled',
  paused: 'paused',
};

/** Accounts that an upstream holds for a tenant's users. Each that it lists for a user is a connection of theirs here. */
@Injectable()
export class UpstreamAuthentications implements AccountHolder, OnModuleInit {
  constructor(
    private readonly upstreams: Upstreams,
    private readonly calls: UpstreamCalls,
    private readonly lists: UpstreamLists,
    private readonly refusals: UpstreamRefusals,
    private readonly accounts: RemoteAccounts,
    private readonly revocations: Revocations,
  ) {}

  onModuleInit(): void {
    this.revocations.tellHolder(this);
  }

  /**
   * Reads the user's own list there, and registers what is new in it.
   * @param mayAdd asked only where something is
   * @returns why that could not be done, where it could not: what is registered stands
   */
  async keepInStep(
    tenantId: TenantId,
    userId: string,
    app: TenantAppView,
    mayAdd: () => Promise<boolean>,
  ): Promise<UpstreamWarning[]> {
    const { upstream, remote } = await this.#place(tenantId, app);
    try {
      const accounts = await this.#list(upstream, userId, remote);
      await this.accounts.keepInStep(tenantId, { userId, appId: app.id }, accounts, mayAdd);
      return [];
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      const code = upstream.enabled ? (WARNINGS[error.kind] ?? 'failing') : 'disabled';
      return [{ source: upstream.name, code, detail: error.message }];
    }
  }

  /**
   * For apps that take a key, a password or a token: what is given is passed on, and kept nowhere here.
   * @returns the new connection's id @throws Problem
   */
  async create(
    tenantId: TenantId,
    userId: string,
    app: TenantAppView,
    { title, fields, address }: { title: string; fields: Record<string, unknown>; address: string | null },
  ): Promise<string> {
    const { upstream, remote } = await this.#place(tenantId, app);
    try {
      const body = { data: { title, app: remote.remoteId, authentication_fields: fields } };
      const request = { method: 'POST', path: PATH, body, urgency: 'person' } as const;
      const answer = await this.calls.call(upstream, userId, request);
      const made = readOne(answer.body);
      const account = made && accountOf(made, remote);
      if (!account)
        throw new UpstreamError('unavailable', 'It does not say what it has made.', { mayHaveArrived: true });
      const named = { ...account, title: account.title || title };
      return await this.accounts.register(tenantId, { userId, appId: app.id }, named, address);
    } catch (error) {
      throw this.refusals.of(error, upstream, {
        what: 'an authentication',
        code: 'third_party_failed',
        hasEffect: true,
      });
    }
  }

  /** An extension (protocol.md C32): Zapier's own documents name no such call. */
  async letGo(
    tenantId: TenantId,
    app: TenantAppView,
    connectionId: string,
    remoteId: string,
  ): Promise<RevocationAttempt> {
    const remote = remoteAppOf(app);
    const upstream = remote && (await this.upstreams.byId(tenantId, remote.upstreamId));
    const userId = await this.accounts.ownerOf(tenantId, connectionId);
    if (!upstream || userId === null) return { outcome: 'unsupported' };
    try {
      const path = `${PATH}/${encodeURIComponent(remoteId)}`;
      await this.calls.call(upstream, userId, {
        method: 'DELETE',
        path,
        urgency: 'person',
        timeoutSeconds: TIMEOUT_SECONDS,
      });
      return { outcome: 'revoked' };
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      if (error.status !== null && UNSUPPORTED.includes(error.status)) return { outcome: 'unsupported' };
      return FINAL.has(error.kind) ? { outcome: 'failed' } : { outcome: 'failed', later: { notBefore: error.at } };
    }
  }

  async #list(upstream: Upstream, userId: string, remote: RemoteAppName): Promise<RemoteAccount[]> {
    const query = { app: remote.remoteId };
    const request = { path: PATH, query, urgency: 'person', timeoutSeconds: TIMEOUT_SECONDS } as const;
    const items = await this.lists.all(upstream, userId, request);
    return items.flatMap((item) => accountOf(item, remote) ?? []);
  }

  async #place(tenantId: TenantId, app: TenantAppView): Promise<{ upstream: Upstream; remote: RemoteAppName }> {
    const remote = remoteAppOf(app);
    const upstream = remote && (await this.upstreams.byId(tenantId, remote.upstreamId));
    if (!upstream) throw problem('not_found', 'There is no app with this id. GET /v2/apps lists them.');
    return { upstream, remote };
  }
}

/** Null for one of another app, and for one that a server like ours has not let its own partner confirm. */
function accountOf(item: JsonObject, { remoteId, remoteKey }: RemoteAppName): RemoteAccount | null {
  const account = readAuthentication(item);
  if (!account || item.status === 'pending') return null;
  if (account.appId !== null && account.appId !== remoteId && account.appId !== remoteKey) return null;
  return { id: account.id, title: account.title, isExpired: account.isExpired };
}
