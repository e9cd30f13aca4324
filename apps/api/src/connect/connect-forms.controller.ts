import { Body, Controller, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Connecting, ConnectFlow, failures, UpstreamWay } from '#libs/connect';
import { ConnectReplies, sendOn } from './connect-replies.js';
import { FormGuard, ResumeGuard } from './consent.guards.js';
import type { ConsentRequest } from './third-party.guard.js';

/** How apps are connected for which a person types nothing here. */
const WITHOUT_FORM = new Set(['oauth2', 'upstream']);

/** What a person sends from the Connect pages. */
@Controller('connect/:id')
export class ConnectFormsController {
  constructor(
    private readonly flow: ConnectFlow,
    private readonly connecting: Connecting,
    private readonly way: UpstreamWay,
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
    const isForm =
      !WITHOUT_FORM.has(app.definition.security.kind) && isUnderWay(consent) && attempt.duplicateId === null;
    const step = isForm ? await this.connecting.submitted(consent, body) : await this.connecting.step(consent);
    if (!('kind' in step)) await this.replies.ask(reply, consent, formToken, { again: step });
    else await this.replies.finishForm(reply, step, attempt.id);
  }

  /** What our page heard from the upstream's, which it had opened. */
  @Post('popup')
  @UseGuards(ResumeGuard, FormGuard)
  async popup(@Req() request: ConsentRequest, @Body() body: unknown, @Res() reply: FastifyReply): Promise<void> {
    const consent = await this.connecting.endPopup(request.consent);
    if (!consent) {
      await this.replies.finishForm(reply, await this.connecting.step(request.consent), request.consent.attempt.id);
      return;
    }
    const { error, ...told } = Object(body) as Record<string, unknown>;
    // A popup names its error by the description alone (protocol.md §5.2).
    const answer = error === undefined ? told : { error: 'server_error', error_description: error };
    const { formToken } = request;
    await this.replies.through(reply, { consent, formToken }, await this.way.back(consent, answer), true);
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
