import { Injectable } from '@nestjs/common';
import { Config } from '#libs/config';
import { idText, readPage, UpstreamCalls, UpstreamError, UpstreamTokens, type Upstream } from '#libs/upstream';
import { AttemptSteps } from './attempt-steps.store.js';
import type { ConsentContext } from './consent-contexts.js';
import { failures } from './connect-failure.js';
import { connectPageAt, upstreamCallback, upstreamOrigins } from './upstream-address.js';
import { UpstreamReturn } from './upstream-return.js';

/** Where a browser goes on. Without `returns` the page only tells the window that opened it. */
export interface UpstreamPage {
  url: string;
  returns: boolean;
}

/** Finds the page of an upstream on which a person connects an account of an app. */
@Injectable()
export class UpstreamConnect {
  constructor(
    private readonly config: Config,
    private readonly tokens: UpstreamTokens,
    private readonly calls: UpstreamCalls,
    private readonly steps: AttemptSteps,
    private readonly returned: UpstreamReturn,
  ) {}

  /**
   * @param isPopup whether one of our pages waits for its message
   * @throws ConnectFailure, UpstreamError
   */
  async page(context: ConsentContext, upstream: Upstream, isPopup: boolean): Promise<UpstreamPage> {
    const { security } = context.app.definition;
    if (security.kind !== 'upstream' || upstream.mode === 'app') throw failures.misconfigured();
    const own = upstream.mode === 'user' ? await this.#ownPage(context, upstream, security.remoteId) : null;
    if (own !== null && own.origin + own.pathname !== hrefOf(connectPageAt(upstream, security.remoteKey))) {
      await this.steps.beginConsent(context.attempt);
      return { url: own.href, returns: false };
    }
    const page = connectPageAt(upstream, security.remoteKey);
    const token = await this.tokens.sessionCode(upstream, context.attempt.userId, page.href);
    const parameters = {
      token: token.reveal(),
      [isPopup ? 'fallback_uri' : 'redirect_uri']: upstreamCallback(this.config.publicUrl, upstream),
      state: await this.steps.beginConsent(context.attempt),
      theme: context.attempt.theme,
      reconnect_id: await this.returned.renewed(context),
    };
    for (const [name, value] of Object.entries(parameters)) if (value !== null) page.searchParams.set(name, value);
    return { url: page.href, returns: !isPopup };
  }

  /** The page that the upstream names for a person who is signed in there (protocol.md §5.5). */
  async #ownPage({ attempt }: ConsentContext, upstream: Upstream, remoteId: string): Promise<URL> {
    const request = { method: 'GET', path: '/v2/apps', query: { ids: remoteId }, urgency: 'person' } as const;
    const { body } = await this.calls.call(upstream, attempt.userId, request);
    const items = readPage(body)?.items ?? [];
    const app = items.find(({ id, uuid }) => [id, uuid].some((name) => idText(name) === remoteId));
    const { connect_new_authentication: link } = Object(app?.links) as { connect_new_authentication?: unknown };
    const url = typeof link === 'string' && URL.canParse(link) ? new URL(link) : null;
    // A page that our own does not listen to would end nowhere; and one of a stranger's is none of the upstream's.
    if (!url || !upstreamOrigins(upstream).includes(url.origin)) throw failures.misconfigured();
    return url;
  }
}

function hrefOf({ origin, pathname }: URL): string {
  return origin + pathname;
}

/** Whether it is for the person to authorize us there first. */
export function isUnlinked(error: unknown, { mode }: Upstream): boolean {
  return mode === 'user' && error instanceof UpstreamError && error.kind === 'unlinked';
}
