import { Injectable } from '@nestjs/common';
import { Connections } from '#libs/connections';
import { isUuid } from '#libs/database';
import { Vault } from '#libs/vault';
import type { TokenAnswer } from './app-oauth2-strategy.js';
import { Attempts, type LinkParameters } from './attempts.store.js';
import { ConnectCompletion } from './connect-completion.js';
import { ConnectFailure, failures } from './connect-failure.js';
import { ConsentContexts, type ConsentContext } from './consent-contexts.js';

/** How an attempt ended, for the page or the redirect that tells the partner. */
export type ConnectResult = ConsentContext &
  ({ connectionId: string; connectCode: string | null } | { failure: ConnectFailure });

/** The flow from the session code to the connection. */
@Injectable()
export class ConnectFlow {
  constructor(
    private readonly attempts: Attempts,
    private readonly contexts: ConsentContexts,
    private readonly connections: Connections,
    private readonly completion: ConnectCompletion,
    private readonly vault: Vault,
  ) {}

  /**
   * Redeems a session code. Once, whatever comes of it.
   * @returns the attempt and the cookie that binds the browser, or how it failed and for whom
   * @throws ConnectFailure when not even the tenant is known, so that there is nobody to return to
   */
  async open(
    code: string,
    app: string,
    link: LinkParameters,
  ): Promise<(ConsentContext & { cookie: string }) | ConnectResult> {
    // Not an id at all: refused before the code is used up, which a mended link then still opens.
    if (link.reconnectId !== null && !isUuid(link.reconnectId)) throw failures.invalidReconnect();
    const redeemed = await this.attempts.redeem(code, link);
    if (!redeemed) throw failures.invalidToken();
    const context = await this.contexts.of(redeemed.attempt);
    if (link.redirectUri !== null && !context.tenant.redirectUris.includes(link.redirectUri)) {
      await this.attempts.fail(redeemed.attempt, 'Invalid redirect_uri');
      throw failures.invalidRedirect();
    }
    if (redeemed.codeExpired) return this.failed(context, failures.tokenExpired());
    if (app !== context.app.definition.key && app.toLowerCase() !== context.app.id)
      return this.failed(context, failures.invalidApp());
    if (!(await this.#mayReconnect(context))) return this.failed(context, failures.invalidReconnect());
    return { ...context, cookie: redeemed.cookie };
  }

  /** @throws ConnectFailure when this browser has no such attempt under way */
  async resume(attemptId: string, cookie: string | undefined): Promise<ConsentContext> {
    const attempt = await this.attempts.ofBrowser(attemptId, cookie);
    if (!attempt || (attempt.state !== 'opened' && attempt.state !== 'consenting')) throw failures.otherBrowser();
    return this.contexts.of(attempt);
  }

  /**
   * The attempt that a returned `state` belongs to. The browser must be the one that began, and the path must be that of the attempt's own
   * tenant and app.
   * @throws ConnectFailure
   */
  async returned(
    state: string,
    path: { tenantSlug: string; appKey: string },
    cookieOf: (attemptId: string) => string | undefined,
  ): Promise<ConsentContext> {
    const attempt = await this.attempts.endConsent(state);
    if (!attempt) throw failures.otherBrowser();
    const context = await this.contexts.of(attempt);
    const isOwnPath = context.tenant.slug === path.tenantSlug && context.app.definition.key === path.appKey;
    if (!isOwnPath || !this.attempts.belongsTo(attempt, cookieOf(attempt.id))) {
      await this.attempts.fail(attempt, failures.otherBrowser().description);
      throw failures.otherBrowser();
    }
    return context;
  }

  /** Makes the connection, or renews the one to reconnect. */
  async complete(context: ConsentContext, answer: TokenAnswer): Promise<ConnectResult> {
    try {
      const made = await this.completion.complete(context, answer);
      return { ...context, ...made };
    } catch (error) {
      if (!(error instanceof ConnectFailure)) throw error;
      return this.failed(context, error);
    }
  }

  async failed(context: ConsentContext, failure: ConnectFailure): Promise<ConnectResult> {
    await this.attempts.fail(context.attempt, failure.description);
    await this.vault.forget(context.tenant.id, { kind: 'connect-attempt', rowId: context.attempt.id });
    return { ...context, failure };
  }

  async #mayReconnect({ attempt, tenant, app }: ConsentContext): Promise<boolean> {
    if (attempt.reconnectId === null) return true;
    const connection = await this.connections.find(tenant.id, attempt.userId, attempt.reconnectId);
    return connection?.appId === app.id;
  }
}
