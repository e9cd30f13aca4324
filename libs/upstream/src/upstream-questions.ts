import { Injectable } from '@nestjs/common';
import type { TenantAppView } from '#libs/catalog';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { BriefCache, Clock } from '#libs/scheduling';
import { ActionLookup, type ActionName } from './action-lookup.js';
import { remoteAppOf } from './upstream-app-view.js';
import { readPage, type JsonObject } from './upstream-body.js';
import { UpstreamCalls } from './upstream-calls.js';
import { UpstreamError } from './upstream-error.js';
import { UpstreamLists } from './upstream-lists.js';
import { UpstreamRefusals } from './upstream-refusals.js';
import type { UpstreamAnswer } from './upstream-request.js';
import type { Upstream } from './upstream.entity.js';
import { Upstreams } from './upstreams.store.js';

const TIMEOUT_SECONDS = 30;
/** A form asks several things at once: they share one look at the action's id, and a look that ends the ids before it ends none of theirs. */
const BELIEVED_SECONDS = 2;
const MAX_KEPT = 1000;

export interface AskedAction {
  /** Below the action. */
  path: string;
  query?: Record<string, string>;
  /** Goes into `data`. */
  body: object;
  /** As a noun: `the choices`. */
  what: string;
  /** Of what is not the caller's fault; by default `third_party_failed`. */
  code?: 'third_party_failed' | 'test_failed';
}

interface NamedAction {
  tenantId: TenantId;
  /** Whose token. */
  userId: string;
  app: TenantAppView;
  type: string;
  key: string;
}

/** An upstream asked while a person waits: its good answer, or a problem that says in a sentence why there is none. */
@Injectable()
export class UpstreamQuestions {
  readonly #ids: BriefCache<string | null>;

  constructor(
    private readonly upstreams: Upstreams,
    private readonly calls: UpstreamCalls,
    private readonly lists: UpstreamLists,
    private readonly lookup: ActionLookup,
    private readonly refusals: UpstreamRefusals,
    clock: Clock,
  ) {
    const load = (place: string) => this.#look(place);
    this.#ids = new BriefCache({ load, seconds: BELIEVED_SECONDS, entries: MAX_KEPT, clock });
  }

  /** A list of the app, to its end. @throws Problem */
  async list(
    tenantId: TenantId,
    userId: string | null,
    app: TenantAppView,
    { path, what }: { path: string; what: string },
  ): Promise<JsonObject[]> {
    const { upstream, remoteId } = await this.#place(tenantId, app);
    try {
      return await this.lists.all(upstream, userId, { path, query: { app: remoteId }, urgency: 'person' });
    } catch (error) {
      throw this.refusals.of(error, upstream, { what, code: 'third_party_failed' });
    }
  }

  /** The action's id is looked up anew: one that was listed before may have ended (protocol.md §7.5). @throws Problem */
  async about(action: NamedAction, { code = 'third_party_failed', ...asked }: AskedAction) {
    const { upstream, remoteId } = await this.#place(action.tenantId, action.app);
    try {
      const { body } = await this.#askAnew(upstream, remoteId, action, asked);
      const page = readPage(body);
      if (!page) throw new UpstreamError('unavailable', 'It answered with something that is no list.');
      return { ...page, body };
    } catch (error) {
      throw this.refusals.of(error, upstream, { what: asked.what, code });
    }
  }

  /** A 404 has done nothing: where the action goes by another id meanwhile, that was why. */
  async #askAnew(
    upstream: Upstream,
    remoteAppId: string,
    { userId, type, key }: NamedAction,
    asked: Omit<AskedAction, 'code'>,
  ): Promise<UpstreamAnswer> {
    const place = JSON.stringify([upstream.tenantId, upstream.id, userId, { remoteAppId, type, key }]);
    const id = await this.#idAt(place, null);
    try {
      return await this.#ask(upstream, userId, id, asked);
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.status !== 404) throw error;
      const another = await this.#idAt(place, id);
      if (another === id) throw error;
      return this.#ask(upstream, userId, another, asked);
    }
  }

  #ask(upstream: Upstream, userId: string, id: string, { path, query, body }: Omit<AskedAction, 'code'>) {
    return this.calls.call(upstream, userId, {
      method: 'POST',
      path: `/v2/actions/${encodeURIComponent(id)}/${path}`,
      ...(query && { query }),
      body: { data: body },
      urgency: 'person',
      timeoutSeconds: TIMEOUT_SECONDS,
    });
  }

  /** @param but one that is known to have ended */
  async #idAt(place: string, but: string | null): Promise<string> {
    if (but !== null && (await this.#ids.get(place)) === but) this.#ids.forget(place);
    const id = await this.#ids.get(place);
    if (id === null) throw problem('not_found', 'There is no action with this id. Look it up again by app and key.');
    return id;
  }

  async #look(place: string): Promise<string | null> {
    const [tenantId, upstreamId, userId, name] = JSON.parse(place) as [TenantId, string, string, ActionName];
    const upstream = await this.upstreams.byId(tenantId, upstreamId);
    return upstream && ((await this.lookup.find(upstream, userId, name, 'person'))?.id ?? null);
  }

  async #place(tenantId: TenantId, app: TenantAppView): Promise<{ upstream: Upstream; remoteId: string }> {
    const remote = remoteAppOf(app);
    const upstream = remote && (await this.upstreams.byId(tenantId, remote.upstreamId));
    if (!upstream) throw problem('not_found', 'There is no app with this id. GET /v2/apps lists them.');
    return { upstream, remoteId: remote.remoteId };
  }
}
