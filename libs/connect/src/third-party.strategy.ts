import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport';
import type OAuth2Strategy from 'passport-oauth2';
import { ConnectConsents } from './connect-consents.js';
import type { ConsentContext } from './consent-contexts.js';

export const thirdPartyStrategy = 'third-party';

/** What the strategy reads of a request: Express-like, as passport expects. */
export interface ThirdPartyRequest {
  /** The parameters that the third party returned with; empty at the start. */
  query: Record<string, string>;
  /** Set by the route: which attempt this is about. */
  consent: ConsentContext;
}

/** Stands for the many strategies behind it: one is made per tenant and app, and this one passes on what it says. */
class DelegatingStrategy extends Strategy {
  protected strategyFor(_request: ThirdPartyRequest): Promise<OAuth2Strategy> {
    throw new Error('Not implemented.');
  }

  override authenticate(request: unknown, options?: unknown): void {
    this.strategyFor(request as ThirdPartyRequest).then(
      (strategy) => {
        const delegate = Object.assign(Object.create(strategy) as Strategy, {
          success: this.success.bind(this),
          fail: this.fail.bind(this),
          redirect: this.redirect.bind(this),
          pass: this.pass.bind(this),
          error: this.error.bind(this),
        });
        // Passport itself calls strategies this way: on an object made from the strategy, carrying the outcomes.
        (delegate as unknown as { authenticate(request: unknown, options: unknown): void }).authenticate(
          request,
          options,
        );
      },
      (error: unknown) => this.error(error),
    );
  }
}

/** The OAuth2 code flow towards whatever third party an attempt is about. */
@Injectable()
export class ThirdPartyStrategy extends PassportStrategy(DelegatingStrategy, thirdPartyStrategy) {
  constructor(private readonly consents: ConnectConsents) {
    super();
  }

  protected override strategyFor({ consent }: ThirdPartyRequest): Promise<OAuth2Strategy> {
    return this.consents.strategy(consent);
  }

  validate(): never {
    throw new Error('The delegate has verified already.');
  }
}
