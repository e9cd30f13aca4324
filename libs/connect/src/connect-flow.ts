import { Injectable } from '@nestjs/common';
import { TenantCatalog } from '#libs/catalog';
import { Connections, Identities, type Account } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { EgressError } from '#libs/egress';
import { Problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { Tenants } from '#libs/tenants';
import { Vault } from '#libs/vault';
import type { TokenAnswer } from './app-oauth2-strategy.js';
import { Attempts, type LinkParameters } from './attempts.store.js';
import type { ConnectAttempt } from './connect-attempt.entity.js';
import type { ConsentContext } from './connect-consents.js';
import { ConnectFailure, failures } from './connect-failure.js';
import { oauth2Credentials } from './oauth2-credentials.js';

/** How an attempt ended, for the page or the redirect that tells the partner. */
export type ConnectResult = ConsentContext &
  ({ connectionId: string; connectCode: string | null } | { failure: ConnectFailure });

/** The flow from the session code to the connection. */
@Injectable()
export class ConnectFlow {
  constructor(
    private readonly attempts: Attempts,
    private readonly tenants: Tenants,
    private readonly catalog: TenantCatalog,
    private readonly connections: Connections,
    private readonly identities: Identities,
    private readonly vault: Vault,
    private readonly clock: Clock,
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
    const redeemed = await this.attempts.redeem(code, link);
    if (!redeemed) throw failures.invalidToken();
    const context = await this.#context(redeemed.attempt);
    if (link.redirectUri !== null && !context.tenant.redirectUris.includes(link.redirectUri)) {
      await this.attempts.fail(redeemed.attempt, 'Invalid redirect_uri');
      throw failures.invalidRedirect();
    }
    if (redeemed.codeExpired) return this.failed(context, failures.tokenExpired());
    if (app !== context.app.definition.key && app.toLowerCase() !== context.app.id)
      return this.failed(context, failures.invalidApp());
    if (link.reconnectId !== null && !(await this.#reconnected(context)))
      return this.failed(context, failures.invalidReconnect());
    return { ...context, cookie: redeemed.cookie };
  }

  /** @throws ConnectFailure when this browser has no such attempt under way */
  async resume(attemptId: string, cookie: string | undefined): Promise<ConsentContext> {
    const attempt = await this.attempts.ofBrowser(attemptId, cookie);
    if (!attempt || (attempt.state !== 'opened' && attempt.state !== 'consenting')) throw failures.otherBrowser();
    return this.#context(attempt);
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
    const context = await this.#context(attempt);
    const isOwnPath = context.tenant.slug === path.tenantSlug && context.app.definition.key === path.appKey;
    if (!isOwnPath || !this.attempts.belongsTo(attempt, cookieOf(attempt.id))) {
      await this.attempts.fail(attempt, failures.otherBrowser().description);
      throw failures.otherBrowser();
    }
    return context;
  }

  /** Makes the connection, or renews the one to reconnect. */
  async complete(context: ConsentContext, answer: TokenAnswer): Promise<ConnectResult> {
    const { attempt, tenant, app } = context;
    try {
      const credentials = new Secret(oauth2Credentials(answer, app.scopes, this.clock.now()));
      const account = await this.identities.identify(app, credentials);
      await this.#refuseOtherAccount(context, account);
      const connectionId = await this.connections.establish(
        tenant.id,
        {
          userId: attempt.userId,
          appId: app.id,
          title: [app.definition.title, account.title].filter(Boolean).join(' '),
          status: tenant.connectPolicy === 'strict' ? 'pending' : 'connected',
          account,
          credentials,
        },
        attempt.reconnectId,
      );
      const connectCode = await this.attempts.succeed(attempt, connectionId, tenant.connectPolicy === 'strict');
      await this.vault.forget(tenant.id, { kind: 'connect-attempt', rowId: attempt.id });
      return { ...context, connectionId, connectCode };
    } catch (error) {
      return this.failed(context, asFailure(error));
    }
  }

  async failed(context: ConsentContext, failure: ConnectFailure): Promise<ConnectResult> {
    await this.attempts.fail(context.attempt, failure.description);
    await this.vault.forget(context.tenant.id, { kind: 'connect-attempt', rowId: context.attempt.id });
    return { ...context, failure };
  }

  async #context(attempt: ConnectAttempt): Promise<ConsentContext> {
    const tenant = await this.tenants.byId(attempt.tenantId);
    const app = await this.catalog.find(attempt.tenantId, attempt.appId);
    if (!tenant || !app) throw failures.invalidApp();
    return { attempt, tenant, app };
  }

  async #reconnected({ attempt, tenant, app }: ConsentContext) {
    if (attempt.reconnectId === null) return null;
    const connection = await this.connections.find(tenant.id, attempt.userId, attempt.reconnectId);
    return connection?.appId === app.id ? connection : null;
  }

  async #refuseOtherAccount(context: ConsentContext, account: Account): Promise<void> {
    const renewed = await this.#reconnected(context);
    if (renewed?.accountId && account.id !== renewed.accountId) throw failures.otherAccount();
  }
}

function asFailure(error: unknown): ConnectFailure {
  if (error instanceof ConnectFailure) return error;
  if (error instanceof Problem || error instanceof EgressError) return failures.oauth(error.message);
  throw error;
}
