import { Injectable, Logger } from '@nestjs/common';
import type { TenantId } from '#libs/database';
import { Clock, DueWorker, secondsAfter, type ClaimedRow } from '#libs/scheduling';
import { CatalogCopies, type CopiedApp } from './catalog-copies.store.js';
import { readApp, type RemoteApp } from './remote-app.js';
import { toSummary, upstreamAppId } from './upstream-app-summary.js';
import { UpstreamApps } from './upstream-apps.store.js';
import { readPage, type UpstreamPage } from './upstream-body.js';
import { UpstreamCalls } from './upstream-calls.js';
import { UpstreamError } from './upstream-error.js';
import type { Upstream } from './upstream.entity.js';
import { Upstreams } from './upstreams.store.js';

/** The most that servers of this protocol give at once (protocol.md C28). */
const PAGE = 100;
/** So much of a window passes between two pages: a list of thousands leaves the budget to others. */
const PAUSE_PART = 1 / 30;
const EVERY_SECONDS = 6 * 3600;
const AGAIN_SECONDS = 60;
const REFUSED_AGAIN_SECONDS = 600;
const TIMEOUT_SECONDS = 30;
const CONCURRENCY = 4;
/** More apps than anybody has. */
const MAX_APPS = 100_000;
const MAX_TEXT = 5000;
/** It becomes a part of addresses. */
const KEY = /^[A-Za-z0-9][A-Za-z0-9._@~-]{0,199}$/;

/** Copies upstreams' lists of apps, a page at a time: whoever comes after a page goes on behind it. */
@Injectable()
export class CatalogReading {
  readonly #log = new Logger('CatalogReading');
  readonly #worker: DueWorker<ClaimedRow>;

  constructor(
    private readonly copies: CatalogCopies,
    private readonly upstreams: Upstreams,
    private readonly apps: UpstreamApps,
    private readonly calls: UpstreamCalls,
    private readonly clock: Clock,
  ) {
    this.#worker = new DueWorker({
      name: 'upstream_catalogs',
      claim: (limit) => this.copies.claim(limit),
      handle: (claim) => this.#read(claim),
      concurrency: CONCURRENCY,
      onError: (cause) =>
        this.#log.error({ msg: 'The apps of an upstream could not be read; it is tried again.', cause }),
    });
  }

  wake(): void {
    this.#worker.wake();
  }

  stop(): Promise<void> {
    return this.#worker.stop();
  }

  async #read(claim: ClaimedRow): Promise<void> {
    const reading = await this.copies.begin(claim);
    if (!reading) return;
    const tenantId = claim.tenantId as TenantId;
    this.upstreams.forget({ tenantId, id: claim.id });
    const upstream = await this.upstreams.byId(tenantId, claim.id);
    if (!upstream?.enabled) return this.copies.postpone(claim, null, null);
    try {
      await this.#copy(claim, upstream, reading);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      const seconds = error.kind === 'refused' ? REFUSED_AGAIN_SECONDS : AGAIN_SECONDS;
      const isWaiting = error.kind === 'throttled' && error.status === null;
      const at = error.at ?? secondsAfter(this.clock.now(), seconds);
      await this.copies.postpone(claim, at, isWaiting ? null : error.message);
    }
  }

  async #copy(claim: ClaimedRow, upstream: Upstream, { beganAt, offset }: { beganAt: Date; offset: number }) {
    const query = { limit: String(PAGE), offset: String(offset) };
    const request = {
      method: 'GET',
      path: '/v2/apps',
      query,
      urgency: 'worker',
      timeoutSeconds: TIMEOUT_SECONDS,
    } as const;
    const page = readPage((await this.calls.call(upstream, null, request)).body);
    if (!page)
      throw new UpstreamError('unavailable', `${upstream.title} answered with something that is no list of apps.`);
    const apps = page.items.flatMap((item) => copyOf(upstream, readApp(item)) ?? []);
    const end = offset + page.items.length;
    const next = secondsAfter(this.clock.now(), upstream.windowSeconds * PAUSE_PART);
    const nextAt = hasMore(page, end) ? next : null;
    const fresh = await this.copies.store(claim, beganAt, apps, { offset: end, total: page.count, nextAt });
    if (fresh === null) return;
    await this.#renew(upstream, apps);
    // A server that knows no offset gives the same page for ever.
    const isOver = nextAt === null || (fresh === 0 && apps.length > 0);
    if (isOver) await this.copies.finish(claim, beganAt, secondsAfter(this.clock.now(), EVERY_SECONDS));
  }

  /** What the catalog has of them by now. */
  async #renew(upstream: Upstream, apps: readonly CopiedApp[]): Promise<void> {
    const used = await this.copies.used(
      upstream.tenantId,
      apps.map(({ id }) => id),
    );
    for (const app of apps.filter(({ id }) => used.has(id)))
      await this.apps.adopt(upstream.tenantId, app.id, toSummary({ ...app, upstreamId: upstream.id }, upstream.apiUrl));
  }
}

function hasMore({ items, next, count }: UpstreamPage, end: number): boolean {
  if (items.length === 0 || end >= MAX_APPS) return false;
  return next !== null || (count === null ? items.length >= PAGE : end < count);
}

/** Null for an app that no address could name. */
function copyOf(upstream: Upstream, app: RemoteApp | null): CopiedApp | null {
  const remoteKey = [app?.key, app?.id].find((name) => name !== undefined && KEY.test(name));
  if (!app || remoteKey === undefined) return null;
  return {
    id: upstreamAppId(upstream.tenantId, upstream.id, app.id),
    remoteId: text(app.id),
    key: `${upstream.name}.${remoteKey}`,
    remoteKey,
    title: text(app.title).slice(0, 255),
    description: text(app.description),
    image: app.image && text(app.image),
    categories: app.categories.map(text),
    actionTypes: app.actionTypes.map(text),
  };
}

/** PostgreSQL stores no NUL. */
function text(value: string): string {
  return value.replaceAll('\0', '').slice(0, MAX_TEXT);
}
