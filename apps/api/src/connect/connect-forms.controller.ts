import { Body, Controller, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Connecting, ConnectFlow, failures } from '#libs/connect';
import { ConnectReplies, sendOn } from './connect-replies.js';
import { FormGuard, ResumeGuard } from './consent.guards.js';
import type { ConsentRequest } from './third-party.guard.js';

/** What a person sends from the Connect pages. */
@Controller('connect/:id')
export class ConnectFormsController {
  constructor(
    private readonly flow: ConnectFlow,
    private readonly connecting: Connecting,
    private readonly replies: ConnectReplies,
  ) {}

  @Post('credentials')
  @UseGuards(ResumeGuard, FormGuard)
  async credentials(
    @Req() { consent, formToken }: ConsentRequest,
    @Body() body: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { attempt, app } = consent;
    const isForm = app.definition.security.kind !== 'oauth2' && isUnderWay(consent) && attempt.duplicateId === null;
    const step = isForm ? await this.connecting.submitted(consent, body) : await this.connecting.step(consent);
    if (!('kind' in step)) await this.replies.ask(reply, consent, formToken, step);
    else await this.replies.finishForm(reply, step, attempt.id);
  }

  @Post('choice')
  @UseGuards(ResumeGuard, FormGuard)
  async choice(@Req() { consent }: ConsentRequest, @Body() body: unknown, @Res() reply: FastifyReply): Promise<void> {
    const choice = (body as { choice?: unknown } | null)?.choice;
    if (choice !== 'renew' && choice !== 'both') throw failures.foreignForm();
    const step = isUnderWay(consent)
      ? await this.connecting.chosen(consent, choice)
      : await this.connecting.step(consent);
    await this.replies.finishForm(reply, step, consent.attempt.id);
  }

  /** Going nowhere harms nobody, so no more is asked of this form than that it comes from the right browser, and from no other site. */
  @Post('cancel')
  @UseGuards(ResumeGuard)
  async cancel(@Req() { consent, headers }: ConsentRequest, @Res() reply: FastifyReply): Promise<void> {
    if (headers['sec-fetch-site'] === 'cross-site') throw failures.foreignForm();
    if (isUnderWay(consent)) await this.replies.finish(reply, await this.flow.failed(consent, failures.declined()));
    else await sendOn(reply, `/connect/${consent.attempt.id}`);
  }
}

function isUnderWay({ attempt: { state } }: ConsentRequest['consent']): boolean {
  return state === 'opened' || state === 'consenting';
}
