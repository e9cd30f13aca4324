import { Controller, Get, Head, Query, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Config } from '#libs/config';
import { AuthorizationEndpoint } from '#libs/oauth';
import { AuthorizationPageFilter } from './authorization-page.filter.js';
import { setLoginCookie } from './login-cookie.js';
import { answerProbe, sendOn } from './send-on.js';

/** Both paths are in use (protocol.md 2.1). */
const PATHS = ['oauth/authorize', 'v2/authorize'];

@Controller()
@UseFilters(AuthorizationPageFilter)
export class AuthorizeController {
  constructor(
    private readonly config: Config,
    private readonly endpoint: AuthorizationEndpoint,
  ) {}

  @Head(PATHS)
  async probe(@Res() reply: FastifyReply): Promise<void> {
    await answerProbe(reply);
  }

  @Get(PATHS)
  async authorize(@Query() query: Record<string, unknown>, @Res() reply: FastifyReply): Promise<void> {
    const { location, begun } = await this.endpoint.start(query);
    if (begun) setLoginCookie(reply, begun.id, begun.cookie, this.config.publicUrl);
    await sendOn(reply, 302, location);
  }
}
