import { Module } from '@nestjs/common';
import { TenantsModule } from '#libs/tenants';
import { TrustedKeysModule } from '#libs/trusted-keys';
import { AuthorizationApproval } from './authorization-approval.js';
import { AuthorizationEndpoint } from './authorization-endpoint.js';
import { AuthorizationResponses } from './authorization-responses.js';
import { ConsentStep } from './consent-step.js';
import { ImplicitTokens } from './implicit-tokens.js';
import { LoginReturn } from './login-return.js';
import { OauthModule } from './oauth.module.js';

/** The authorization endpoint and what follows it in the browser. */
@Module({
  imports: [OauthModule, TenantsModule, TrustedKeysModule],
  providers: [
    AuthorizationEndpoint,
    LoginReturn,
    ConsentStep,
    AuthorizationApproval,
    ImplicitTokens,
    AuthorizationResponses,
  ],
  exports: [AuthorizationEndpoint, LoginReturn, ConsentStep],
})
export class AuthorizationModule {}
