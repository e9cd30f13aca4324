import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { TenantId } from '#libs/database';

/** Who calls: a user or an app by a bearer token, or a client that only names itself, which may read what is public. */
export interface Caller {
  tenantId: TenantId;
  /** Null for an app, and for a client that named itself in the query. */
  userId: string | null;
  /** Of the token, or the one that named itself. */
  clientId: string;
  scopes: readonly string[];
}

export interface UserCaller extends Caller {
  userId: string;
}

/** A client, by a token of its own. */
export interface AppCaller extends Caller {
  userId: null;
}

export type AuthenticatedRequest = FastifyRequest & {
  caller: Caller;
  /** Whether the token would still let the request in. Answers that take their time ask again. */
  isStillAllowed?: () => Promise<boolean>;
};

export const CallerOf = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<AuthenticatedRequest>().caller,
);
