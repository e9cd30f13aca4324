import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '#libs/audit';

/** Who calls, for the audit: on a route behind AdminGuard only, which is what makes the name true. */
export const AdminActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { ip } = context.switchToHttp().getRequest<FastifyRequest>();
  return { name: 'admin-token', address: ip };
});
