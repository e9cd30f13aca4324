import { Controller, Header, Headers, HttpCode, Post, Req } from '@nestjs/common';
import { Revocation } from '#libs/oauth';
import type { OauthLimits } from '../limits/oauth-limits.js';
import type { LimitedRequest } from '../limits/request-limits.js';
import { Form } from './form.js';

@Controller('oauth')
export class RevokeController {
  constructor(private readonly revocation: Revocation) {}

  /** RFC 7009 §2.2: 200 whether there was such a token or not, and "the content of the response body is ignored by the client". */
  @Post('revoke')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Header('pragma', 'no-cache')
  revoke(
    @Form() form: Record<string, unknown>,
    @Headers('authorization') authorization: string | undefined,
    @Req() { limits }: LimitedRequest<OauthLimits>,
  ): Promise<void> {
    return this.revocation.revoke({ form, authorization, admit: (caller) => limits?.revoking(caller) });
  }
}
