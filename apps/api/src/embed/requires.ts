import { SetMetadata, UseGuards, UseInterceptors, applyDecorators } from '@nestjs/common';
import { accessKey, type Access } from './access.js';
import { BearerGuard } from './bearer.guard.js';
import type { AppCaller, Caller, UserCaller } from './caller.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/** A handler whose first parameter is the caller. */
type Handler<Who extends Caller> = <Method extends (caller: Who, ...rest: never[]) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * The one decorator of access: a user's bearer with this scope, or an app's where `of` says so, or also a client_id where `clientId` does. A handler
 * that a client may call by its id alone, or with its own token, can't declare that its caller is a user.
 */
export function Requires(scope: string, options: { clientId: true }): Handler<Caller>;
export function Requires(scope: string, options: { of: 'app' }): Handler<AppCaller>;
export function Requires(scope: string): Handler<UserCaller>;
export function Requires(scope: string, options: Partial<Omit<Access, 'scope'>> = {}): MethodDecorator {
  return applyDecorators(
    SetMetadata(accessKey, { scope, of: 'user', clientId: false, ...options } satisfies Access),
    UseGuards(BearerGuard),
    UseInterceptors(IdempotencyInterceptor),
  );
}
