import { Injectable } from '@nestjs/common';
import { readAction, type RemoteAction } from './remote-action.js';
import { UpstreamLists } from './upstream-lists.js';
import type { UpstreamUrgency } from './upstream-request.js';
import type { Upstream } from './upstream.entity.js';

/** What of an action stays the same (protocol.md §7.5). */
export interface ActionName {
  /** The upstream's id of the app. */
  remoteAppId: string;
  type: string;
  key: string;
}

/** Finds the id by which an upstream knows an action right now: it changes from one look to the next. */
@Injectable()
export class ActionLookup {
  constructor(private readonly lists: UpstreamLists) {}

  /** @returns null when its app has no such action any more @throws UpstreamError */
  async find(
    upstream: Upstream,
    userId: string | null,
    { remoteAppId, type, key }: ActionName,
    urgency: UpstreamUrgency,
  ): Promise<RemoteAction | null> {
    const request = { path: '/v2/actions', query: { app: remoteAppId, action_type: type }, urgency };
    for await (const items of this.lists.pages(upstream, userId, request)) {
      const found = items.map(readAction).find((action) => action?.key === key && action.type === type);
      if (found) return found;
    }
    return null;
  }
}
