import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Config } from '#libs/config';
import {
  AccountLinking,
  askPage,
  choicePage,
  Connecting,
  ConnectFlow,
  resultPage,
  resultRedirect,
  workingPage,
  type AskOptions,
  type ConnectResult,
  type ConnectStep,
  type ConsentContext,
  type UpstreamOutcome,
} from '#libs/connect';
import { setConnectCookie } from './connect-cookie.js';
import { sendPage } from './send-page.js';
import type { ConsentRequest } from './third-party.guard.js';

/** What a browser gets to see of an attempt. */
@Injectable()
export class ConnectReplies {
  constructor(
    private readonly config: Config,
    private readonly flow: ConnectFlow,
    private readonly connecting: Connecting,
    private readonly linking: AccountLinking,
  ) {}

  /** The page of where the attempt stands. */
  async show(reply: FastifyReply, step: ConnectStep, formToken: string): Promise<void> {
    switch (step.kind) {
      case 'ask':
        return this.ask(reply, step.context, formToken);
      case 'choose':
        return sendPage(reply, choicePage(step.context, step.account, formToken));
      case 'working':
        return sendPage(reply, workingPage(step.context, `/connect/${step.context.attempt.id}/on`));
      default:
        return sendPage(reply, resultPage(step.result));
    }
  }

  async ask(
    reply: FastifyReply,
    context: ConsentContext,
    formToken: string,
    more: Pick<AskOptions, 'again' | 'popupNeeded'> = {},
  ): Promise<void> {
    const renewed = await this.connecting.renewedAccount(context);
    const accountFirst = await this.linking.isNeeded(context);
    await sendPage(reply, askPage(context, { formToken, renewed, accountFirst, ...more }));
  }

  /** What an upstream made of it. A form's answer goes on to a page that may be loaded again. */
  async through(
    reply: FastifyReply,
    { consent, formToken }: Pick<ConsentRequest, 'consent' | 'formToken'>,
    outcome: UpstreamOutcome,
    isForm = false,
  ): Promise<void> {
    const { id } = consent.attempt;
    if ('redirect' in outcome) return sendOn(reply, outcome.redirect, 302);
    if ('needsPopup' in outcome) {
      // Whoever comes from connecting the account that comes first has not pressed the button that opens it yet.
      const isBack = /^(?:cross|same)-site$/.test(reply.request.headers['sec-fetch-site'] as string);
      return isBack ? sendOn(reply, `/connect/${id}`) : this.ask(reply, consent, formToken, { popupNeeded: true });
    }
    if ('linking' in outcome) {
      const { attemptId, cookie } = outcome.linking;
      setConnectCookie(reply, attemptId, cookie, this.config.publicUrl);
      return sendOn(reply, `/connect/${attemptId}/start`);
    }
    const step =
      'held' in outcome
        ? await this.connecting.held(consent, outcome.held)
        : ({ kind: 'ended', result: await this.flow.failed(consent, outcome.failure) } as const);
    if (isForm) return this.finishForm(reply, step, id);
    return step.kind === 'ended' ? this.finish(reply, step.result) : this.show(reply, step, formToken);
  }

  /** Back to the partner, or the page that tells the opener. */
  async finish(reply: FastifyReply, result: ConnectResult): Promise<void> {
    const location = resultRedirect(result);
    if (location === null) await sendPage(reply, resultPage(result));
    else await sendOn(reply, location);
  }

  /** After a form: on to a page that may be loaded again. */
  async finishForm(reply: FastifyReply, step: ConnectStep, attemptId: string): Promise<void> {
    const location = step.kind === 'ended' ? resultRedirect(step.result) : null;
    await sendOn(reply, location ?? `/connect/${attemptId}`);
  }
}

export async function sendOn(reply: FastifyReply, location: string, status: 302 | 303 = 303): Promise<void> {
  await reply
    .status(status)
    .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', location })
    .send();
}
