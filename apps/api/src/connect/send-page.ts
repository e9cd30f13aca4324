import type { FastifyReply } from 'fastify';
import type { Page } from '#libs/connect';

export async function sendPage(reply: FastifyReply, { status, headers, html }: Page): Promise<void> {
  await reply.status(status).headers(headers).send(html);
}
