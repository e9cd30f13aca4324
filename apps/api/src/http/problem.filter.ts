import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConnectFailure, errorPage, failures } from '#libs/connect';
import type { Problem } from '#libs/errors';
import { sendPage } from '../connect/send-page.js';
import { embedBody, embedV1Body, oauthBody, problemDetails } from './problem-bodies.js';
import { problemsOf } from './problems-of.js';
import { surfaceOf } from './surface.js';

/** Gives every error the format of its surface, and the log what the caller may not see. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log = new Logger('Http');

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const surface = surfaceOf(request.url);
    const problems = problemsOf(error);
    if (!(error instanceof ConnectFailure)) this.#record(problems[0], request);
    if (surface === 'pages') {
      await sendPage(reply, errorPage(error instanceof ConnectFailure ? error : failures.oauth(problems[0].message)));
      return;
    }
    setHeaders(reply, problems[0], surface === 'oauth', request);
    const bodies = { oauth: oauthBody, embed: embedBody, 'embed-v1': embedV1Body, admin: problemDetails };
    await reply
      .status(problems[0].status)
      .header('content-type', surface === 'admin' ? 'application/problem+json' : 'application/json; charset=utf-8')
      .send(JSON.stringify(bodies[surface](problems)));
  }

  #record(first: Problem, { id, method, url }: FastifyRequest): void {
    const path = url.split('?')[0];
    if (first.status >= 500)
      this.#log.error({ request: id, method, path, code: first.code, detail: first.privateDetail, cause: first.cause });
    else if (first.privateDetail !== undefined)
      this.#log.warn({ request: id, method, path, code: first.code, detail: first.privateDetail });
  }
}

function setHeaders(reply: FastifyReply, first: Problem, isOauth: boolean, request: FastifyRequest): void {
  if (isOauth) reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
  if (first.retryAfterSeconds !== undefined) reply.header('retry-after', String(first.retryAfterSeconds));
  if (isOauth && first.code === 'invalid_client' && request.headers.authorization !== undefined) {
    reply.header('www-authenticate', 'Basic realm="gatehouse"');
  } else if (!isOauth && (first.status === 401 || first.code === 'permission_denied')) {
    reply.header('www-authenticate', bearerChallenge(first));
  }
}

/** RFC 6750 §3: no error code when no credentials were sent. */
function bearerChallenge({ code, scope }: Problem): string {
  if (code === 'not_authenticated') return 'Bearer realm="gatehouse"';
  if (code === 'permission_denied')
    return `Bearer realm="gatehouse", error="insufficient_scope", scope="${scope ?? ''}"`;
  return 'Bearer realm="gatehouse", error="invalid_token"';
}
