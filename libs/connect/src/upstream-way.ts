import { Injectable, Logger } from '@nestjs/common';
import { UpstreamError } from '#libs/upstream';
import { AccountLinking } from './account-linking.js';
import type { ConsentContext } from './consent-contexts.js';
import { ConnectFailure, failures } from './connect-failure.js';
import { ImplicitGrant } from './implicit-grant.js';
import { isUnlinked, UpstreamConnect } from './upstream-connect.js';
import { upstreamFailure } from './upstream-failure.js';
import { UpstreamReturn, type RemoteConnection } from './upstream-return.js';

/** What becomes of a press of the button, or of a return. */
export type UpstreamOutcome =
  | { redirect: string }
  /** The person's account there comes first: an attempt of its own. */
  | { linking: { attemptId: string; cookie: string } }
  /** The upstream's page does not lead back: it has to be open in a popup of ours. */
  | { needsPopup: true }
  | { held: RemoteConnection }
  | { failure: ConnectFailure };

/** The way of a browser through an upstream: what passport is for an app of our own. */
@Injectable()
export class UpstreamWay {
  readonly #log = new Logger('Connect');

  constructor(
    private readonly connect: UpstreamConnect,
    private readonly returned: UpstreamReturn,
    private readonly linking: AccountLinking,
    private readonly implicit: ImplicitGrant,
  ) {}

  /** Whether passport has no part in it. */
  isFor(context: ConsentContext): boolean {
    return context.app.definition.security.kind === 'upstream' || this.implicit.isFor(context);
  }

  /** Without our own page in between. */
  isDirect({ app, upstream }: ConsentContext): boolean {
    return app.definition.security.kind === 'upstream' && upstream?.connect === 'direct';
  }

  go(context: ConsentContext, isPopup = false): Promise<UpstreamOutcome> {
    const { upstream } = context;
    return this.#orFail(context, async () => {
      if (!upstream) throw failures.misconfigured();
      if (this.implicit.isFor(context)) return { redirect: await this.implicit.begin(context) };
      try {
        if (await this.linking.isNeeded(context)) return { linking: await this.linking.begin(context) };
        const page = await this.connect.page(context, upstream, isPopup);
        return page.returns || isPopup ? { redirect: page.url } : { needsPopup: true };
      } catch (error) {
        if (!isUnlinked(error, upstream)) throw error;
        return { linking: await this.linking.begin(context) };
      }
    });
  }

  /** @param answer of the browser's return, or of the popup's message */
  back(context: ConsentContext, answer: Record<string, unknown>): Promise<UpstreamOutcome> {
    const { app, upstream } = context;
    return this.#orFail(context, async () => {
      if (!upstream || app.definition.security.kind !== 'upstream') throw failures.misconfigured();
      return { held: await this.returned.read(context, upstream, answer) };
    });
  }

  async #orFail({ attempt }: ConsentContext, work: () => Promise<UpstreamOutcome>): Promise<UpstreamOutcome> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ConnectFailure) return { failure: error };
      if (!(error instanceof UpstreamError)) throw error;
      this.#log.warn({ detail: 'An upstream could not be asked, or refused.', attempt: attempt.id, cause: error });
      return { failure: upstreamFailure(error) };
    }
  }
}
