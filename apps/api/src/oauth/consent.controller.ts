import { Controller, Get, Head, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '#libs/config';
import { authorizationFailures, ConsentStep } from '#libs/oauth';
import { AuthorizationPageFilter } from './authorization-page.filter.js';
import { consentPage } from './authorization-pages.js';
import { Form } from './form.js';
import { loginCookie, setLoginCookie } from './login-cookie.js';
import { answerProbe, sendOn } from './send-on.js';

/** The last step in the browser: only the one that began gets in, by its cookie. */
@Controller('oauth/consent/:id')
@UseFilters(AuthorizationPageFilter)
export class ConsentController {
  constructor(
    private readonly config: Config,
    private readonly step: ConsentStep,
  ) {}

  @Head()
  async probe(@Res() reply: FastifyReply): Promise<void> {
    await answerProbe(reply);
  }

  @Get()
  async ask(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const opened = await this.step.open(id, loginCookie(request, id, this.config.publicUrl));
    if ('location' in opened) {
      await this.#finish(reply, id, opened.location);
      return;
    }
    const { status, headers, html } = consentPage(opened);
    await reply.status(status).headers(headers).send(html);
  }

  @Post()
  async answer(
    @Param('id') id: string,
    @Form() form: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { form_token: token, decision } = form;
    if (typeof token !== 'string' || (decision !== 'allow' && decision !== 'cancel'))
      throw authorizationFailures.forgedForm();
    const cookie = loginCookie(request, id, this.config.publicUrl);
    await this.#finish(reply, id, await this.step.answer(id, cookie, token, decision === 'allow'));
  }

  async #finish(reply: FastifyReply, id: string, location: string): Promise<void> {
    setLoginCookie(reply, id, null, this.config.publicUrl);
    await sendOn(reply, 303, location);
  }
}
