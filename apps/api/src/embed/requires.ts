import { SetMetadata, UseGuards, UseInterceptors, applyDecorators } from '@nestjs/common';
import { accessKey, type Access } from './access.js';
import { BearerGuard } from './bearer.guard.js';
import type { Caller, UserCaller } from './caller.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/** A handler whose first parameter is the caller. */
type Handler<Who extends Caller> = <Method extends (caller: Who, ...rest: never[]) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * The one decorator of access: a bearer with this scope, or also a client_id where `clientId` says so. A handler that a client may call by
 * its id alone can't declare that its caller is a user.
 */
export function Requires(scope: string, options: { clientId: true }): Handler<Caller>;
export function Requires(scope: string): Handler<UserCaller>;
export function Requires(scope: string, { clientId = false } = {}): MethodDecorator {
  return applyDecorators(
    SetMetadata(accessKey, { scope, clientId } satisfies Access),
    UseGuards(BearerGuard),
    UseInterceptors(IdempotencyInterceptor),
  );
}
