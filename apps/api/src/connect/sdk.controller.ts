import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** `libs/connect-js`, which is built on its own, since it runs in browsers, in one file (rolldown.config.mjs). */
const SDK_FILE = new URL('../../../../libs/connect-js/connect.js', import.meta.url);

interface Sdk {
  plain: string;
  zipped: Buffer;
  etag: string;
}

@Controller()
export class SdkController {
  #sdk: Promise<Sdk> | undefined;

  /** The browser SDK. Any page may load it: it holds nothing of anybody. */
  @Get('connect.js')
  async sdk(@Req() { headers }: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { plain, zipped, etag } = await (this.#sdk ??= this.#load());
    reply.headers({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
      etag,
    });
    if (headers['if-none-match'] === etag) await reply.status(304).send();
    else if (!/\bgzip\b/.test(headers['accept-encoding'] ?? '')) await reply.send(plain);
    else await reply.header('content-encoding', 'gzip').send(zipped);
  }

  async #load(): Promise<Sdk> {
    try {
      const plain = await readFile(SDK_FILE, 'utf8');
      const etag = `W/"${createHash('sha256').update(plain).digest('base64url')}"`;
      return { plain, zipped: gzipSync(plain, { level: 9 }), etag };
    } catch (error) {
      this.#sdk = undefined;
      throw error;
    }
  }
}
