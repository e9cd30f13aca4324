import { Injectable } from '@nestjs/common';
import { BriefCache, Clock } from '#libs/scheduling';
import { UpstreamCalls, readAction, readPage, type RemoteAction } from '#libs/upstream';
import type { UpstreamWork } from './upstream-work.js';

/** So long the ids of a list are used: upstreams may change them from one list to the next. */
const FRESH_SECONDS = 10;
const ENTRIES = 2000;
const PAGE = 100;
const MOST_PAGES = 20;
const TIMEOUT_SECONDS = 15;

/** The ids by which upstreams know their actions right now: looked up by app, type and key before a run (protocol.md §7.5). */
@Injectable()
export class UpstreamLookups {
  /** Runs of one user that begin together ask once: a list may end the ids of the one before. */
  readonly #listed: BriefCache<RemoteAction[]>;
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

  async #load(name: string): Promise<RemoteAction[]> {
    const asker = this.#askers.get(name);
    if (!asker) throw new Error('A list of actions is asked for by nobody.');
    const { work, userId } = asker;
    const found: RemoteAction[] = [];
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { items, next } = await this.#page(work, userId, page);
      found.push(...items.flatMap((item) => readAction(item) ?? []));
      if (next === null && items.length < PAGE) break;
    }
    return found;
  }

  async #page({ upstream, security, action }: UpstreamWork, userId: string, page: number) {
    const { body } = await this.calls.call(upstream, userId, {
      method: 'GET',
      path: '/v2/actions',
      query: { app: security.remoteId, action_type: action.type, limit: String(PAGE), offset: String(page * PAGE) },
      urgency: 'worker',
      keepsLine: true,
      timeoutSeconds: TIMEOUT_SECONDS,
    });
    return readPage(body) ?? { items: [], next: null };
  }
}

function nameOf({ run, security, action }: UpstreamWork, userId: string): string {
  return JSON.stringify([run.tenantId, security.upstreamId, userId, security.remoteId, action.type]);
}
