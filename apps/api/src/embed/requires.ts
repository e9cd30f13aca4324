import { SetMetadata, UseGuards, applyDecorators } from '@nestjs/common';
import { accessKey, type Access } from './access.js';
import { BearerGuard } from './bearer.guard.js';

/** The one decorator of access: a bearer with this scope, or also a client_id where `clientId` says so. */
export function Requires(scope: string, { clientId = false } = {}): MethodDecorator {
  return applyDecorators(SetMetadata(accessKey, { scope, clientId } satisfies Access), UseGuards(BearerGuard));
}
