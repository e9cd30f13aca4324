import { Injectable } from '@nestjs/common';
import type OAuth2Strategy from 'passport-oauth2';
import { TenantCatalog } from '#libs/catalog';
import { Config } from '#libs/config';
import { Egress } from '#libs/egress';
import { Clock } from '#libs/scheduling';
import { appOauth2Strategy, type PkceStateStore } from './app-oauth2-strategy.js';
import { AttemptSteps } from './attempt-steps.store.js';
import type { ConnectAttempt } from './connect-attempt.entity.js';
import { failures } from './connect-failure.js';
import type { ConsentContext } from './consent-contexts.js';
import { upstreamCallback } from './upstream-address.js';

/** Makes the OAuth2 strategy for one attempt, with a state store in the database. */
@Injectable()
export class ConnectConsents {
  constructor(
    private readonly config: Config,
    private readonly catalog: TenantCatalog,
    private readonly steps: AttemptSteps,
    private readonly egress: Egress,
    private readonly clock: Clock,
  ) {}

  async strategy({ attempt, tenant, app, upstream }: ConsentContext): Promise<OAuth2Strategy> {
    const { security } = app.definition;
    if (security.kind !== 'oauth2') throw failures.misconfigured();
    const { clientId, clientSecret } = await this.catalog.oauthClient(tenant.id, app);
    return appOauth2Strategy(
      {
        authorizationUrl: security.authorizationUrl,
        tokenUrl: security.tokenUrl,
        clientId,
        clientSecret: clientSecret.reveal(),
        // One redirect URI per tenant and app: a code meant for another can't be brought here (COAT, RFC 9700 §4.4).
        callbackUrl: upstream
          ? upstreamCallback(this.config.publicUrl, upstream)
          : `${this.config.publicUrl}/connect/callback/${tenant.slug}/${app.definition.key}`,
        scopes: app.scopes,
        stateStore: this.#stateStore(attempt),
        askedAt: this.clock.now(),
      },
      this.egress,
    );
  }

  /** The state itself was used up before passport is asked, so `verify` only has to find the verifier that belongs to it. */
  #stateStore(attempt: ConnectAttempt): PkceStateStore {
    const { steps } = this;
    return {
      store(_request, verifier, _state, _meta, done) {
        steps.beginConsent(attempt, verifier).then((state) => done(null, state), done);
      },
      verify(_request, _state, _meta, done) {
        steps.verifier(attempt).then(
          (verifier) => done(null, verifier ?? false),
          (error: Error) => done(error, false),
        );
      },
    };
  }
}
