import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Config } from '#libs/config';
import { ConnectFlow } from '#libs/connect';
import { connectCookie } from './connect-cookie.js';
import type { ConsentRequest } from './third-party.guard.js';

/** For the pages of an attempt: only the browser that redeemed its session code gets in. */
@Injectable()
export class ResumeGuard implements CanActivate {
  constructor(
    private readonly config: Config,
    private readonly flow: ConnectFlow,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ConsentRequest>();
    const { id } = request.params as { id: string };
    request.consent = await this.flow.resume(id, connectCookie(request, id, this.config.publicUrl));
    return true;
  }
}

/** For the third party's callback: finds the attempt by the returned `state`, which it uses up. */
@Injectable()
export class ReturnGuard implements CanActivate {
  constructor(
    private readonly config: Config,
    private readonly flow: ConnectFlow,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ConsentRequest>();
    const { tenant: tenantSlug, app: appKey } = request.params as { tenant: string; app: string };
    const { state } = request.query as { state?: unknown };
    request.consent = await this.flow.returned(
      typeof state === 'string' ? state : '',
      { tenantSlug, appKey },
      (attemptId) => connectCookie(request, attemptId, this.config.publicUrl),
    );
    return true;
  }
}
