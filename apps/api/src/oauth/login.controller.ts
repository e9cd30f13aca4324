import { Controller, Get, Head, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '#libs/config';
import { authorizationFailures, LoginReturn } from '#libs/oauth';
import { AuthorizationPageFilter } from './authorization-page.filter.js';
import { loginCookie, setLoginCookie } from './login-cookie.js';
import { answerProbe, sendOn } from './send-on.js';

@Controller('oauth/login')
@UseFilters(AuthorizationPageFilter)
export class LoginController {
  constructor(
    private readonly config: Config,
    private readonly loginReturn: LoginReturn,
  ) {}

  @Head()
  async probe(@Res() reply: FastifyReply): Promise<void> {
    await answerProbe(reply);
  }

  /** Takes the assertion and goes on at a URL without it, so that it stays out of history and Referer. */
  @Get()
  async login(
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (/prefetch|prerender/i.test(String(request.headers['sec-purpose'] ?? request.headers.purpose ?? ''))) {
      await reply.status(204).header('cache-control', 'no-store').send();
      return;
    }
    const { publicUrl } = this.config;
    const signIn = await this.loginReturn.accept(
      text(query, 'login_challenge'),
      text(query, 'assertion'),
      (requestId) => loginCookie(request, requestId, publicUrl),
    );
    if ('location' in signIn) setLoginCookie(reply, signIn.requestId, null, publicUrl);
    await sendOn(reply, 303, 'location' in signIn ? signIn.location : `/oauth/consent/${signIn.requestId}`);
  }
}

function text(query: Record<string, unknown>, name: string): string {
  const value = query[name];
  if (typeof value === 'string' && value !== '') return value;
  throw authorizationFailures.malformed(`The parameter ${name} is missing or repeated.`);
}
