import { Injectable } from '@nestjs/common';
import { Clock, secondsAfter } from '#libs/scheduling';
import { readPage, type JsonObject } from './upstream-body.js';
import { UpstreamCalls } from './upstream-calls.js';
import { UpstreamError } from './upstream-error.js';
import type { UpstreamRequest } from './upstream-request.js';
import type { Upstream } from './upstream.entity.js';

/** The most that servers of this protocol give at once (protocol.md C28). */
const PAGE = 100;
/** A server that never comes to an end is not followed further. */
const MAX_PAGES = 50;
/** A person waits no longer for the whole of a list; each page has a time of its own besides. */
const PATIENT_SECONDS = 20;

export type ListRequest = Pick<UpstreamRequest, 'path' | 'query' | 'urgency' | 'timeoutSeconds'>;

/** Lists of an upstream, read to their end. */
@Injectable()
export class UpstreamLists {
  constructor(
    private readonly calls: UpstreamCalls,
    private readonly clock: Clock,
  ) {}

  /**
   * Page by page, for whoever stops when they have found theirs.
   * @param userId whose token; null: as the client itself
   * @throws UpstreamError
   */
  async *pages(upstream: Upstream, userId: string | null, request: ListRequest): AsyncGenerator<JsonObject[]> {
    let seen = 0;
    let before = '';
    const until = secondsAfter(this.clock.now(), PATIENT_SECONDS);
    for (let asked = 0; asked < MAX_PAGES; asked += 1) {
      if (request.urgency === 'person' && this.clock.now() > until)
        throw new UpstreamError('unavailable', `${upstream.title} takes too long to give its list.`);
      const query = { ...request.query, limit: String(PAGE), offset: String(seen) };
      const { body } = await this.calls.call(upstream, userId, { ...request, method: 'GET', query });
      const page = readPage(body);
      if (!page) throw new UpstreamError('unavailable', `${upstream.title} answered with something that is no list.`);
      const { items, next, count } = page;
      // A server that knows no offset gives the same page for ever.
      const content = JSON.stringify(items);
      if (items.length === 0 || content === before) return;
      before = content;
      yield items;
      seen += items.length;
      // Without links and count, fewer than asked for are the last.
      const hasMore = next !== null || (count === null ? items.length >= PAGE : seen < count);
      if (!hasMore) return;
    }
  }

  /** @throws UpstreamError */
  async all(upstream: Upstream, userId: string | null, request: ListRequest): Promise<JsonObject[]> {
    const items: JsonObject[] = [];
    for await (const page of this.pages(upstream, userId, request)) items.push(...page);
    return items;
  }
}
