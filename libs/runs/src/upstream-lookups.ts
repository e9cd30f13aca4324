import { Injectable } from '@nestjs/common';
import { BriefCache, Clock } from '#libs/scheduling';
import {
  UpstreamCalls,
  UpstreamError,
  readAction,
  readPage,
  type RemoteAction,
  type UpstreamPage,
} from '#libs/upstream';
import type { UpstreamWork } from './upstream-work.js';

/** So long the ids of a list are used: upstreams may change them from one list to the next. */
const FRESH_SECONDS = 10;
const ENTRIES = 2000;
const PAGE = 100;
const MOST_PAGES = 20;
const TIMEOUT_SECONDS = 15;

/** What else an action has is not kept. */
type KnownAction = Pick<RemoteAction, 'id' | 'key' | 'type'>;

/** The ids by which upstreams know their actions right now: looked up by app, type and key before a run (protocol.md §7.5). */
@Injectable()
export class UpstreamLookups {
  /** Runs of one user that begin together ask once: a list may end the ids of the one before. */
  readonly #listed: BriefCache<KnownAction[]>;
  /** Who asks at the moment, by the name of the list. */
  readonly #askers = new Map<string, { work: UpstreamWork; userId: string }>();

  constructor(
    private readonly calls: UpstreamCalls,
    clock: Clock,
  ) {
    const load = (name: string) => this.#load(name);
    this.#listed = new BriefCache({ load, seconds: FRESH_SECONDS, entries: ENTRIES, clock });
  }

  /** @param userId whose token @returns its id; null when there is no such action @throws UpstreamError */
  async find(work: UpstreamWork, userId: string): Promise<string | null> {
    const name = nameOf(work, userId);
    this.#askers.set(name, { work, userId });
    const listed = this.#listed.get(name);
    this.#askers.delete(name);
    const { type, key } = work.action;
    return (await listed).find((action) => action.type === type && action.key === key)?.id ?? null;
  }

  /** The upstream did not know what was found. */
  forget(work: UpstreamWork, userId: string): void {
    this.#listed.forget(nameOf(work, userId));
  }

  async #load(name: string): Promise<KnownAction[]> {
    const asker = this.#askers.get(name);
    if (!asker) throw new Error('A list of actions is asked for by nobody.');
    const { work, userId } = asker;
    const found: KnownAction[] = [];
    // A server may give fewer at once than it is asked for.
    let seen = 0;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const { items, next, count } = await this.#page(work, userId, seen);
      found.push(...items.flatMap((item) => toKnown(readAction(item)) ?? []));
      seen += items.length;
      const hasMore = next !== null || (count === null ? items.length >= PAGE : seen < count);
      if (items.length === 0 || !hasMore) break;
    }
    return found;
  }

  async #page({ upstream, security, action }: UpstreamWork, userId: string, offset: number): Promise<UpstreamPage> {
    const { body } = await this.calls.call(upstream, userId, {
      method: 'GET',
      path: '/v2/actions',
      query: { app: security.remoteId, action_type: action.type, limit: String(PAGE), offset: String(offset) },
      urgency: 'worker',
      keepsLine: true,
      timeoutSeconds: TIMEOUT_SECONDS,
    });
    const page = readPage(body);
    // It says nothing of the action, so nothing can be said of it here.
    if (!page) throw new UpstreamError('unavailable', `${upstream.title} answered with something that is no list.`);
    return page;
  }
}

function toKnown(action: RemoteAction | null): KnownAction | null {
  return action && { id: action.id, key: action.key, type: action.type };
}

function nameOf({ run, security, action }: UpstreamWork, userId: string): string {
  return JSON.stringify([run.tenantId, security.upstreamId, userId, security.remoteId, action.type]);
}
