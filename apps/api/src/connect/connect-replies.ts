import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import {
  askPage,
  choicePage,
  Connecting,
  resultPage,
  resultRedirect,
  workingPage,
  type ConnectResult,
  type ConnectStep,
  type ConsentContext,
  type FormAgain,
} from '#libs/connect';
import { sendPage } from './send-page.js';

/** What a browser gets to see of an attempt. */
@Injectable()
export class ConnectReplies {
  constructor(private readonly connecting: Connecting) {}

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

  async ask(reply: FastifyReply, context: ConsentContext, formToken: string, again?: FormAgain): Promise<void> {
    const renewed = await this.connecting.renewedAccount(context);
    await sendPage(reply, askPage(context, { formToken, renewed, ...(again && { again }) }));
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
