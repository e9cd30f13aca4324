import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConnectFailure, errorPage, failures, type Page } from '#libs/connect';
import type { Problem } from '#libs/errors';
import { sendPage } from '../connect/send-page.js';
import type { LimitedRequest } from '../limits/request-limits.js';
import { problemAnswer } from './problem-bodies.js';
import { problemsOf } from './problems-of.js';
import { surfaceOf } from './surface.js';

/** Gives every error the format of its surface, and the log what the caller may not see. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log = new Logger('Http');

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<LimitedRequest>();
    const error = request.limits ? request.limits.failed(thrown) : thrown;
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const surface = surfaceOf(request.url);
    const problems = problemsOf(error);
    if (!(error instanceof ConnectFailure)) this.#record(problems[0], request);
    if (surface === 'pages') {
      setRetryAfter(reply, problems[0]);
      await sendPage(reply, error instanceof ConnectFailure ? errorPage(error) : pageOf(problems[0]));
      return;
    }
    setHeaders(reply, problems[0], surface === 'oauth', request);
    const { status, type, body } = problemAnswer(surface, problems);
    await reply.status(status).header('content-type', type).send(body);
  }

  #record(first: Problem, { id, method, url }: FastifyRequest): void {
    const path = url.split('?')[0];
    if (first.status >= 500)
      this.#log.error({ request: id, method, path, code: first.code, detail: first.privateDetail, cause: first.cause });
    else if (first.privateDetail !== undefined)
      this.#log.warn({ request: id, method, path, code: first.code, detail: first.privateDetail });
  }
}

/** What is no failure of Connect's own: an address that does not exist, or something on our side. */
function pageOf({ status }: Problem): Page {
  if (status === 429) return { ...errorPage(tooMany()), status };
  return { ...errorPage(status >= 500 ? failures.unexpected() : failures.notFound()), status };
}

function tooMany(): ConnectFailure {
  const advice = 'Too many pages like this were opened from your network. Wait a minute, and begin again.';
  return new ConnectFailure('server_error', 'Too many requests', advice);
}

/** In seconds (RFC 9110 §10.2.3). */
function setRetryAfter(reply: FastifyReply, { retryAfterSeconds }: Problem): void {
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
}

function setHeaders(reply: FastifyReply, first: Problem, isOauth: boolean, request: FastifyRequest): void {
  // Whatever the route says of its successes, an error is nobody's to keep.
  reply.header('cache-control', 'no-store');
  if (isOauth) reply.header('pragma', 'no-cache');
  setRetryAfter(reply, first);
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
