import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { AuthenticatedRequest } from '../embed/caller.js';
import type { EmbedLimits } from './embed-limits.js';
import type { LimitedRequest } from './request-limits.js';

/** Runs behind a guard that has set `caller`. */
@Injectable()
export class CallerLimitsGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest & LimitedRequest<EmbedLimits>>();
    request.limits?.identified(request.caller);
    return true;
  }
}
