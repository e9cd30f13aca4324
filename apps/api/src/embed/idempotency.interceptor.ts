import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { HTTP_CODE_METADATA } from '@nestjs/common/constants.js';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { catchError, from, mergeMap, of, type Observable } from 'rxjs';
import type { TenantId } from '#libs/database';
import { Problem, Problems, problem } from '#libs/errors';
import { IdempotencyKeys, type Earlier, type IdempotentRequest } from '#libs/idempotency';
import type { AuthenticatedRequest } from './caller.js';
import { requestWithKey } from './idempotency-key.js';
import { KEEPS_OWN_KEY } from './keeps-own-key.js';

const DEFAULT_STATUS = 201;

/**
 * `Idempotency-Key` on any POST (protocol.md C31): carried out once, answered alike for a day. A request that was refused has done nothing, and
 * frees its key; one that failed otherwise, or at the third party, keeps it, since what it did is not known.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: IdempotencyKeys,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const handler = context.getHandler();
    const http = context.switchToHttp();
    const request = requestWithKey(http.getRequest<AuthenticatedRequest>());
    if (!request || this.reflector.get<boolean>(KEEPS_OWN_KEY, handler)) return next.handle();
    const { tenantId } = http.getRequest<AuthenticatedRequest>().caller;
    const earlier = await this.keys.begin(tenantId, request);
    if (earlier) return of(answerOf(earlier, http.getResponse<FastifyReply>()));
    const status = this.reflector.get<number | undefined>(HTTP_CODE_METADATA, handler) ?? DEFAULT_STATUS;
    return next.handle().pipe(
      mergeMap((body: unknown) => from(this.keys.finish(tenantId, request, { status, body }).then(() => body))),
      catchError((error: unknown) => from(this.#refused(tenantId, request, error))),
    );
  }

  async #refused(tenantId: TenantId, request: IdempotentRequest, error: unknown): Promise<never> {
    if (isRefusal(error)) await this.keys.abandon(tenantId, request);
    throw error;
  }
}

/** Of us. A test that failed at the third party may have had its effect there. */
function isRefusal(error: unknown): boolean {
  if (error instanceof Problem) return error.code !== 'test_failed' && !error.mayHaveEffect;
  return error instanceof Problems;
}

function answerOf(earlier: Earlier, reply: FastifyReply): unknown {
  const source = { source: { header: 'Idempotency-Key' } };
  switch (earlier.kind) {
    case 'answered':
      void reply.status(earlier.answer.status).header('idempotency-replayed', 'true');
      return earlier.answer.body;
    case 'unfinished':
      throw problem(
        'idempotency_key_in_use',
        'The first request with this Idempotency-Key is not finished. Ask again in a moment; if that does not change, look at what it did before you use a new key.',
        { ...source, retryAfterSeconds: 1 },
      );
    default:
      throw keyReused();
  }
}

export function keyReused(): Problem {
  return problem(
    'idempotency_key_reused',
    'This Idempotency-Key was used for another request. Use a new key for each thing that is to be done once.',
    { source: { header: 'Idempotency-Key' } },
  );
}
