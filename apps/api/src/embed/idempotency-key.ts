import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { problem } from '#libs/errors';
import { idempotentRequest, type IdempotentRequest } from '#libs/idempotency';
import type { AuthenticatedRequest } from './caller.js';

/**
 * @returns null when it came without an `Idempotency-Key`, or is no POST with a token
 * @throws Problem when the key is not 1 to 255 printable ASCII characters
 */
export function requestWithKey(request: AuthenticatedRequest): IdempotentRequest | null {
  const key = request.headers['idempotency-key'];
  const { tenantId, scopes } = request.caller;
  // The keys of a tenant's apps are its own. Without a scope there was no token.
  const userId = request.caller.userId ?? (scopes.length > 0 ? tenantId : null);
  if (request.method !== 'POST' || key === undefined || userId === null) return null;
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw problem('invalid', 'An Idempotency-Key is 1 to 255 printable ASCII characters.', {
      source: { header: 'Idempotency-Key' },
    });
  }
  return idempotentRequest(key, { userId, method: request.method, url: request.url, body: request.body });
}

export const IdempotentRequestOf = createParamDecorator((_: unknown, context: ExecutionContext) =>
  requestWithKey(context.switchToHttp().getRequest<AuthenticatedRequest>()),
);
