import { Controller, Header, Headers, HttpCode, Post, Req } from '@nestjs/common';
import { Introspection, type TokenIntrospection } from '#libs/oauth';
import type { OauthLimits } from '../limits/oauth-limits.js';
import type { LimitedRequest } from '../limits/request-limits.js';
import { Form } from './form.js';

@Controller('oauth')
export class IntrospectController {
  constructor(private readonly introspection: Introspection) {}

  /** RFC 7662 §2. */
  @Post('introspect')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Header('pragma', 'no-cache')
  introspect(
    @Form() form: Record<string, unknown>,
    @Headers('authorization') authorization: string | undefined,
    @Req() { limits }: LimitedRequest<OauthLimits>,
  ): Promise<TokenIntrospection> {
    return this.introspection.introspect({ form, authorization, admit: (caller) => limits?.authenticated(caller) });
  }
}
