import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from '#libs/audit';
import type { AdminCaller } from './admin-caller.js';
import type { AdminRequest } from './admin.guard.js';

/** Who calls, for the audit: on a route behind AdminGuard only. */
export const AdminActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const request = context.switchToHttp().getRequest<AdminRequest>();
  return { name: callerOf(request).name, address: request.ip, requestId: request.id };
});

/** Who calls, and what they reach: on a route behind AdminGuard only. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): AdminCaller =>
  callerOf(context.switchToHttp().getRequest<AdminRequest>()),
);

function callerOf({ admin }: AdminRequest): AdminCaller {
  if (!admin) throw new Error('This route is not behind AdminGuard.');
  return admin;
}
