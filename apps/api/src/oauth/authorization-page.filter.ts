import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthorizationFailure } from '#libs/oauth';
import { problemsOf } from '../http/problems-of.js';
import { failurePage } from './authorization-pages.js';

/** Errors of the authorization pages are pages: a person looks at them. */
@Catch()
export class AuthorizationPageFilter implements ExceptionFilter {
  readonly #log = new Logger('Authorization');

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const failure = error instanceof AuthorizationFailure ? error : problemsOf(error)[0];
    // Without its query, which holds challenges and assertions.
    const place = { request: request.id, method: request.method, path: request.url.split('?')[0] };
    if (!(failure instanceof AuthorizationFailure) && failure.status >= 500)
      this.#log.error({ ...place, code: failure.code, detail: failure.privateDetail, cause: failure.cause });
    else if (failure.privateDetail !== undefined) this.#log.warn({ ...place, detail: failure.privateDetail });
    const { status, headers, html } = failurePage(failure);
    await host.switchToHttp().getResponse<FastifyReply>().status(status).headers(headers).send(html);
  }
}
