import { Controller, Get, Head, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '#libs/config';
import { ConnectFlow, consentPage, failures, resultPage, resultRedirect, type ConnectResult } from '#libs/connect';
import { setConnectCookie } from './connect-cookie.js';
import { ResumeGuard, ReturnGuard } from './consent.guards.js';
import { sendPage } from './send-page.js';
import { ThirdPartyGuard, type ConsentRequest } from './third-party.guard.js';

const MAX_STATE_LENGTH = 512;

/** The Connect pages: from the session code to the third party and back (protocol.md §5). */
@Controller()
export class ConnectController {
  constructor(
    private readonly config: Config,
    private readonly flow: ConnectFlow,
  ) {}

  /** Link checkers ask with HEAD: the code must outlive that. */
  @Head('to/:app')
  async probe(@Res() reply: FastifyReply): Promise<void> {
    await reply.status(200).header('cache-control', 'no-store').send();
  }

  /** Redeems the session code and goes on at a URL without it, so that it stays out of history, Referer and logs. */
  @Get('to/:app')
  async open(
    @Param('app') app: string,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (/prefetch|prerender/i.test(String(request.headers['sec-purpose'] ?? request.headers.purpose ?? ''))) {
      await reply.status(204).send();
      return;
    }
    const partnerState = text(query.state);
    if (partnerState !== null && partnerState.length > MAX_STATE_LENGTH) throw failures.invalidToken();
    const link = { redirectUri: text(query.redirect_uri), partnerState, reconnectId: text(query.reconnect_id) };
    const opened = await this.flow.open(text(query.token) ?? '', app, link);
    if (!('cookie' in opened)) {
      await this.#finish(reply, opened);
      return;
    }
    setConnectCookie(reply, opened.attempt.id, opened.cookie, this.config.publicUrl);
    await reply
      .status(303)
      .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
      .header('location', `/connect/${opened.attempt.id}`)
      .send();
  }

  @Get('connect/:id')
  @UseGuards(ResumeGuard)
  async consent(@Req() { consent }: ConsentRequest, @Res() reply: FastifyReply): Promise<void> {
    await sendPage(reply, consentPage(consent));
  }

  @Get('connect/:id/start')
  @UseGuards(ResumeGuard, ThirdPartyGuard)
  async start(@Req() { consent, thirdParty }: ConsentRequest, @Res() reply: FastifyReply): Promise<void> {
    if ('redirect' in thirdParty) {
      await reply
        .status(302)
        .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', location: thirdParty.redirect })
        .send();
      return;
    }
    await this.#finish(reply, await this.flow.failed(consent, failures.misconfigured()));
  }

  @Post('connect/:id/cancel')
  @UseGuards(ResumeGuard)
  async cancel(@Req() { consent }: ConsentRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#finish(reply, await this.flow.failed(consent, failures.declined()));
  }

  /** One redirect URI per tenant and app; the third party returns here. */
  @Get('connect/callback/:tenant/:app')
  @UseGuards(ReturnGuard, ThirdPartyGuard)
  async callback(@Req() { consent, thirdParty }: ConsentRequest, @Res() reply: FastifyReply): Promise<void> {
    if ('tokens' in thirdParty) await this.#finish(reply, await this.flow.complete(consent, thirdParty.tokens));
    else
      await this.#finish(
        reply,
        await this.flow.failed(consent, 'failure' in thirdParty ? thirdParty.failure : failures.oauth('no code')),
      );
  }

  async #finish(reply: FastifyReply, result: ConnectResult): Promise<void> {
    const location = resultRedirect(result);
    if (location === null) await sendPage(reply, resultPage(result));
    else
      await reply
        .status(303)
        .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', location })
        .send();
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
