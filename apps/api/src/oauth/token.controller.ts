import { Controller, Header, Headers, HttpCode, Post, Req } from '@nestjs/common';
import { TokenEndpoint, type TokenResponse } from '#libs/oauth';
import type { OauthLimits } from '../limits/oauth-limits.js';
import type { LimitedRequest } from '../limits/request-limits.js';
import { Form } from './form.js';

@Controller('oauth')
export class TokenController {
  constructor(private readonly endpoint: TokenEndpoint) {}

  /** RFC 6749 §3.2. No CORS: tokens belong to servers (protocol.md C6). */
  @Post('token')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Header('pragma', 'no-cache')
  token(
    @Form() form: Record<string, unknown>,
    @Headers('authorization') authorization: string | undefined,
    @Req() { limits }: LimitedRequest<OauthLimits>,
  ): Promise<TokenResponse> {
    return this.endpoint.respond({
      form,
      authorization,
      admit: (caller) => limits?.authenticated(caller),
    });
  }
}
