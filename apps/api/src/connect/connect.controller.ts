import { Controller, Get, Head, Param, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '#libs/config';
import { Connecting, ConnectFlow, ConnectLinks, failures, formToken as formTokenOf, UpstreamWay } from '#libs/connect';
import { isStorable } from '#libs/database';
import { accountAppKey } from '#libs/upstream';
import { AttemptElsewhereFilter } from './attempt-elsewhere.filter.js';
import { connectCookie, setConnectCookie } from './connect-cookie.js';
import { ConnectReplies, sendOn } from './connect-replies.js';
import { LookGuard, ResumeGuard, ReturnGuard } from './consent.guards.js';
import { openByLink, type OpenedLink } from './open-by-link.js';
import { ThirdPartyGuard, type ConsentRequest } from './third-party.guard.js';

/** The second is that of a person's own account at an upstream. */
const DOORS = ['to/:app', 'oauth/upstream/:name/start'];
const MAX_STATE_LENGTH = 512;

/** The Connect pages: from the session code to the third party and back (protocol.md §5). */
@Controller()
@UseFilters(AttemptElsewhereFilter)
export class ConnectController {
  constructor(
    private readonly config: Config,
    private readonly flow: ConnectFlow,
    private readonly connecting: Connecting,
    private readonly links: ConnectLinks,
    private readonly replies: ConnectReplies,
    private readonly way: UpstreamWay,
  ) {}

  /** Link checkers ask with HEAD: the code must outlive that. */
  @Head(DOORS)
  async probe(@Res() reply: FastifyReply): Promise<void> {
    await reply.status(200).header('cache-control', 'no-store').send();
  }

  /** Redeems the session code and goes on at a URL without it, so that it stays out of history, Referer and logs. */
  @Get(DOORS)
  async open(
    @Param() { app, name = '' }: { app?: string; name?: string },
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (/prefetch|prerender/i.test(String(request.headers['sec-purpose'] ?? request.headers.purpose ?? ''))) {
      await reply.status(204).header('cache-control', 'no-store').send();
      return;
    }
    const opened = await this.#open(app ?? accountAppKey({ name }), query, request);
    if (!('cookie' in opened)) {
      await this.replies.finish(reply, opened);
      return;
    }
    setConnectCookie(reply, opened.attempt.id, opened.cookie, this.config.publicUrl);
    if (this.way.isDirect(opened)) {
      const consent = { consent: opened, formToken: formTokenOf(opened.cookie) };
      await this.replies.through(reply, consent, await this.way.go(opened));
    } else await sendOn(reply, `/connect/${opened.attempt.id}`);
  }

  /** Where the attempt stands: after a reload, a step back or in another tab it is this page that knows. */
  @Get('connect/:id')
  @UseGuards(LookGuard)
  async look(@Req() { consent, formToken }: ConsentRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.replies.show(reply, await this.connecting.standing(consent), formToken);
  }

  /** The same, but for a browser on its way to the partner. */
  @Get('connect/:id/on')
  @UseGuards(LookGuard)
  async goOn(@Req() { consent, formToken }: ConsentRequest, @Res() reply: FastifyReply): Promise<void> {
    const step = await this.connecting.standing(consent);
    if (step.kind === 'ended') await this.replies.finish(reply, step.result);
    else await this.replies.show(reply, step, formToken);
  }

  @Get('connect/:id/start')
  @UseGuards(ResumeGuard, ThirdPartyGuard)
  async start(@Req() request: ConsentRequest, @Res() reply: FastifyReply): Promise<void> {
    const { consent, thirdParty } = request;
    if (thirdParty === null) await sendOn(reply, `/connect/${consent.attempt.id}`);
    else if ('redirect' in thirdParty || this.way.isFor(consent)) await this.#through(request, reply);
    else await this.replies.finish(reply, await this.flow.failed(consent, failures.misconfigured()));
  }

  /** One redirect URI per tenant and app, and one per upstream; the third party returns here. */
  @Get(['connect/callback/:tenant/:app', 'oauth/upstream/:name/callback'])
  @UseGuards(ReturnGuard, ThirdPartyGuard)
  async callback(@Req() request: ConsentRequest, @Res() reply: FastifyReply): Promise<void> {
    const { consent, thirdParty, formToken } = request;
    if (this.way.isFor(consent)) {
      await this.#through(request, reply);
      return;
    }
    if (thirdParty && 'tokens' in thirdParty) {
      const step = await this.connecting.consented(consent, thirdParty.tokens);
      if (step.kind === 'ended') await this.replies.finish(reply, step.result);
      else await this.replies.show(reply, step, formToken);
      return;
    }
    const failure = thirdParty && 'failure' in thirdParty ? thirdParty.failure : failures.oauth('no_code');
    await this.replies.finish(reply, await this.flow.failed(consent, failure));
  }

  async #through({ consent, thirdParty, formToken }: ConsentRequest, reply: FastifyReply): Promise<void> {
    const outcome = thirdParty && !('tokens' in thirdParty) ? thirdParty : { failure: failures.misconfigured() };
    await this.replies.through(reply, { consent, formToken }, outcome);
  }

  #open(app: string, query: Record<string, unknown>, request: FastifyRequest): Promise<OpenedLink> {
    const theme = themeOf(query.theme);
    const link = text(query.link);
    if (link !== null) return openByLink(this.links, this.flow, { token: link, app, theme });
    const partnerState = text(query.state);
    if (partnerState !== null && partnerState.length > MAX_STATE_LENGTH) throw failures.invalidToken();
    const parameters = {
      redirectUri: text(query.redirect_uri),
      fallbackUri: text(query.fallback_uri),
      reconnectId: text(query.reconnect_id),
      partnerState,
      theme,
      origin: originOf(request),
    };
    const cookieOf = (attemptId: string) => connectCookie(request, attemptId, this.config.publicUrl);
    return this.flow.open(text(query.token) ?? '', app, parameters, cookieOf);
  }
}

function themeOf(value: unknown): 'light' | 'dark' | null {
  return value === 'light' || value === 'dark' ? value : null;
}

/** Of the page that opened this one, as far as the browser says. */
function originOf({ headers: { referer } }: FastifyRequest): string | null {
  return referer !== undefined && URL.canParse(referer) ? new URL(referer).origin : null;
}

function text(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return null;
  if (!isStorable(value)) throw failures.invalidToken();
  return value;
}
