import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AttemptElsewhere } from '#libs/connect';
import { sendOn } from './connect-replies.js';

/** Sends the browser to the page that knows how its attempt stands. */
@Catch(AttemptElsewhere)
export class AttemptElsewhereFilter implements ExceptionFilter<AttemptElsewhere> {
  async catch({ attemptId }: AttemptElsewhere, host: ArgumentsHost): Promise<void> {
    await sendOn(host.switchToHttp().getResponse<FastifyReply>(), `/connect/${attemptId}/on`);
  }
}
