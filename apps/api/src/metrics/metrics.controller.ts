import { Controller, Get, Headers, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Config } from '#libs/config';
import { digestsEqual, sha256 } from '#libs/crypto';
import { problem } from '#libs/errors';
import { Metrics } from './metrics.js';

/** In every role, on the service's own port. */
@Controller('metrics')
export class MetricsController {
  readonly #digest: Buffer | null;

  constructor(
    private readonly metrics: Metrics,
    config: Config,
  ) {
    this.#digest = config.metricsToken === undefined ? null : sha256(config.metricsToken);
  }

  @Get()
  async show(@Headers('authorization') authorization: string | undefined, @Res() reply: FastifyReply): Promise<void> {
    this.#admit(authorization);
    const text = await this.metrics.text();
    await reply.header('content-type', this.metrics.contentType).header('cache-control', 'no-store').send(text);
  }

  /** @throws Problem not_authenticated, authentication_failed */
  #admit(authorization: string | undefined): void {
    if (this.#digest === null) return;
    if (authorization === undefined)
      throw problem('not_authenticated', 'Send the token of METRICS_TOKEN: Authorization: Bearer ….');
    const token = /^Bearer +(.+)$/i.exec(authorization)?.[1] ?? '';
    if (!digestsEqual(this.#digest, sha256(token)))
      throw problem(
        'authentication_failed',
        'This is not the token of METRICS_TOKEN. Send what the environment of the service says.',
      );
  }
}
