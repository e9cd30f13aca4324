import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '#libs/config';
import {
  AttemptElsewhere,
  Connecting,
  ConnectFailure,
  ConnectFlow,
  failures,
  fragmentPage,
  ImplicitGrant,
} from '#libs/connect';
import { problem } from '#libs/errors';
import { connectCookie } from './connect-cookie.js';
import { sendPage } from './send-page.js';

/** Where a browser comes back to with a token in the fragment: off unless the upstream's operator has switched that grant on. */
@Controller('oauth/upstream/:name/fragment')
export class FragmentController {
  constructor(
    private readonly config: Config,
    private readonly flow: ConnectFlow,
    private readonly connecting: Connecting,
    private readonly implicit: ImplicitGrant,
  ) {}

  @Get()
  async page(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    await this.#refuseUnlessOn(name);
    await sendPage(reply, fragmentPage());
  }

  /** What that page has read. It goes on to the page that knows how the attempt stands, or says why there is none. */
  @Post()
  async read(
    @Param('name') name: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.#refuseUnlessOn(name);
    if (!this.#isFromOurPage(request)) throw failures.foreignForm();
    const told = await this.#linked(name, Object(body) as Record<string, unknown>, request).catch((error: unknown) => {
      if (error instanceof AttemptElsewhere) return { location: `/connect/${error.attemptId}/on` };
      if (error instanceof ConnectFailure) return { location: null, advice: error.advice };
      throw error;
    });
    await reply
      .status(told.location === null ? 400 : 200)
      .header('cache-control', 'no-store')
      .send(told);
  }

  async #linked(name: string, given: Record<string, unknown>, request: FastifyRequest): Promise<{ location: string }> {
    const state = typeof given.state === 'string' ? given.state : '';
    const cookieOf = (attemptId: string) => connectCookie(request, attemptId, this.config.publicUrl);
    const consent = await this.flow.returned(state, { upstreamName: name }, cookieOf);
    try {
      // The account of a tenant whose upstream of this name has it off; or an app, which is not linked this way.
      if (!this.implicit.isFor(consent)) throw failures.misconfigured();
      await this.connecting.consented(consent, this.implicit.answer(given));
    } catch (error) {
      if (!(error instanceof ConnectFailure)) throw error;
      await this.flow.failed(consent, error);
    }
    return { location: `/connect/${consent.attempt.id}/on` };
  }

  #isFromOurPage({ headers }: FastifyRequest): boolean {
    const site = headers['sec-fetch-site'] ?? 'same-origin';
    return headers.origin === new URL(this.config.publicUrl).origin && site === 'same-origin';
  }

  async #refuseUnlessOn(name: string): Promise<void> {
    if (!(await this.implicit.isOn(name))) throw problem('not_found', 'There is nothing at this address.');
  }
}
