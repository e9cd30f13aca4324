import { Body, Controller, Header, Headers, HttpCode, Post } from '@nestjs/common';
import { problem } from '#libs/errors';
import { TokenEndpoint, type TokenResponse } from '#libs/oauth';

@Controller('oauth')
export class TokenController {
  constructor(private readonly endpoint: TokenEndpoint) {}

  /** RFC 6749 §3.2. No CORS: tokens belong to servers (protocol.md C6). */
  @Post('token')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Header('pragma', 'no-cache')
  token(
    @Body() form: unknown,
    @Headers('content-type') contentType: string | undefined,
    @Headers('authorization') authorization: string | undefined,
  ): Promise<TokenResponse> {
    if (!contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
      throw problem('invalid_request', 'Send the parameters as application/x-www-form-urlencoded.');
    }
    return this.endpoint.respond({ form: (form ?? {}) as Record<string, unknown>, authorization });
  }
}
