import { Injectable } from '@nestjs/common';
import { Config } from '#libs/config';
import { Connections, isUsable } from '#libs/connections';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import { accountAppKey } from '#libs/upstream';
import { AttemptSteps } from './attempt-steps.store.js';
import { Attempts } from './attempts.store.js';
import type { ConsentContext } from './consent-contexts.js';
import { failures } from './connect-failure.js';

/** More accounts at one upstream than a person has. */
const ACCOUNTS = 100;

/** Where people authorize us at an upstream themselves, that comes before the first app: an attempt of its own, in the same browser. */
@Injectable()
export class AccountLinking {
  constructor(
    private readonly config: Config,
    private readonly catalog: TenantCatalog,
    private readonly connections: Connections,
    private readonly attempts: Attempts,
    private readonly steps: AttemptSteps,
  ) {}

  async isNeeded({ attempt, app, upstream }: ConsentContext): Promise<boolean> {
    if (upstream?.mode !== 'user' || app.definition.security.kind !== 'upstream') return false;
    const account = await this.#accountApp(attempt.tenantId, accountAppKey(upstream));
    const filter = { appId: account.id, limit: ACCOUNTS, offset: 0 };
    const { connections } = await this.connections.list(attempt.tenantId, attempt.userId, filter);
    return !connections.some(({ status }) => isUsable(status));
  }

  /**
   * Begins the attempt for the account. Where the partner need not confirm it, the browser goes on with this one by itself; where it must,
   * it is the account's attempt that the partner is told of, and the person connects the app afterwards.
   */
  async begin({ attempt, tenant, upstream }: ConsentContext): Promise<{ attemptId: string; cookie: string }> {
    if (!upstream) throw failures.misconfigured();
    const account = await this.#accountApp(attempt.tenantId, accountAppKey(upstream));
    const { tenantId, userId, grantId, rootId, userTitle, origin, theme } = attempt;
    const isOneFlow = tenant.connectPolicy === 'zapier';
    // The person has pressed the button: on their way back no page need ask again.
    if (isOneFlow) await this.steps.beginConsent(attempt);
    const from = { userId, appId: account.id, clientId: attempt.clientId ?? '', grantId, rootId };
    const { code } = await this.attempts.issue(tenantId, { ...from, userTitle, origin });
    const onwards = { redirectUri: `${this.config.publicUrl}/connect/${attempt.id}/start`, partnerState: null };
    const { redirectUri, partnerState, fallbackUri } = attempt;
    const redeemed = await this.attempts.redeem(code, {
      ...(isOneFlow ? onwards : { redirectUri, partnerState, fallbackUri }),
      reconnectId: null,
      theme,
    });
    if (!redeemed) throw failures.unexpected();
    return { attemptId: redeemed.attempt.id, cookie: redeemed.cookie };
  }

  async #accountApp(tenantId: ConsentContext['attempt']['tenantId'], key: string): Promise<TenantAppView> {
    const app = await this.catalog.find(tenantId, key);
    if (!app) throw failures.misconfigured();
    return app;
  }
}
