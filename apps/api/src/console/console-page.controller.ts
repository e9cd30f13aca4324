import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { consolePage, type ConsolePage } from './console-page.js';

@Controller('console')
export class ConsolePageController {
  #page: Promise<ConsolePage> | undefined;

  /** It holds nothing of anybody: signing in is the page's own affair. */
  @Get()
  async page(@Req() { headers }: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { html, zipped, etag, policy } = await (this.#page ??= this.#load());
    reply.headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      vary: 'accept-encoding',
      etag,
    });
    if (headers['if-none-match'] === etag) await reply.status(304).send();
    else if (!/\bgzip\b/.test(headers['accept-encoding'] ?? '')) await reply.send(html);
    else await reply.header('content-encoding', 'gzip').send(zipped);
  }

  async #load(): Promise<ConsolePage> {
    try {
      return await consolePage();
    } catch (error) {
      this.#page = undefined;
      throw error;
    }
  }
}
