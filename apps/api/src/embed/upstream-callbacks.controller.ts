import { Body, Controller, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { problem } from '#libs/errors';
import { UpstreamCallbacks } from '#libs/runs';

/** Where upstreams tell us that a run has ended there (protocol.md §8.4). */
@Controller('upstream-callbacks')
export class UpstreamCallbacksController {
  constructor(private readonly callbacks: UpstreamCallbacks) {}

  /** The body is compared with its signature, and otherwise not read. */
  @Post(':token')
  @HttpCode(204)
  async receive(
    @Param('token') token: string,
    @Headers('zapier-callback-signature') signature: string | undefined,
    @Body() body: unknown,
  ): Promise<void> {
    if (!signature) throw problem('not_authenticated', 'Sign the callback: Zapier-Callback-Signature is missing.');
    const text = typeof body === 'string' ? body : '';
    const reception = await this.callbacks.receive(token, signature, text);
    if (reception === 'unknown') throw problem('not_found', 'There is no run for this callback.');
    if (reception === 'forged')
      throw problem(
        'authentication_failed',
        'The signature of the callback is not good. Sign its very bytes, with a key of your JWKS.',
      );
    if (reception === 'unverified') {
      throw problem('unavailable', 'The keys of the upstream can not be read right now. Call again.');
    }
  }
}
