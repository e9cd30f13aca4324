import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthorizationFailure } from '#libs/oauth';
import { problemsOf } from '../http/problems-of.js';
import { failurePage } from './authorization-pages.js';

/** Errors of the authorization pages are pages: a person looks at them. */
@Catch()
export class AuthorizationPageFilter implements ExceptionFilter {
  readonly #log = new Logger('Authorization');

  /** Never rejects: nobody is behind this to catch it, and the process would end. */
  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    try {
      await this.#answer(error, request, reply);
    } catch (cause) {
      this.#log.error({ request: request.id, msg: 'An authorization page could not be sent.', cause });
      sendPlainly(reply);
    }
  }

  async #answer(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const failure = error instanceof AuthorizationFailure ? error : problemsOf(error)[0];
    // Without its query, which holds challenges and assertions.
    const place = { request: request.id, method: request.method, path: request.url.split('?')[0] };
    if (!(failure instanceof AuthorizationFailure) && failure.status >= 500)
      this.#log.error({ ...place, code: failure.code, detail: failure.privateDetail, cause: failure.cause });
    else if (failure.privateDetail !== undefined) this.#log.warn({ ...place, detail: failure.privateDetail });
    const { status, headers, html } = failurePage(failure);
    // Of the answer that failed: it may be what could not be sent.
    reply.removeHeader('location');
    if ('retryAfterSeconds' in failure && failure.retryAfterSeconds !== undefined)
      reply.header('retry-after', String(failure.retryAfterSeconds));
    await reply.status(status).headers(headers).send(html);
  }
}

/** Past the framework, with none of the headers that were set so far. */
function sendPlainly(reply: FastifyReply): void {
  const { raw } = reply;
  reply.hijack();
  if (raw.headersSent) {
    raw.destroy();
    return;
  }
  for (const name of raw.getHeaderNames()) raw.removeHeader(name);
  raw.writeHead(500, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  raw.end('Something failed on our side. Go back to where you came from and start again.');
}
