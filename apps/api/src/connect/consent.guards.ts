import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Config } from '#libs/config';
import { ConnectFlow, failures, formToken, isFormToken, type ConsentContext, type ReturnPath } from '#libs/connect';
import { connectCookie } from './connect-cookie.js';
import type { ConsentRequest } from './third-party.guard.js';

/** For the pages of an attempt: only the browser that redeemed its session code gets in. */
@Injectable()
export class ResumeGuard implements CanActivate {
  constructor(
    private readonly config: Config,
    protected readonly flow: ConnectFlow,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ConsentRequest>();
    const { id } = request.params as { id: string };
    const cookie = connectCookie(request, id, this.config.publicUrl);
    request.consent = await this.consentOf(id, cookie);
    request.formToken = formToken(cookie ?? '');
    return true;
  }

  protected consentOf(id: string, cookie: string | undefined): Promise<ConsentContext> {
    return this.flow.resume(id, cookie);
  }
}

/** For pages that only show how the attempt stands. */
@Injectable()
export class LookGuard extends ResumeGuard {
  protected override consentOf(id: string, cookie: string | undefined): Promise<ConsentContext> {
    return this.flow.look(id, cookie);
  }
}

/** For a form that gives something away: it comes from our own page, in this browser. Runs behind ResumeGuard. */
@Injectable()
export class FormGuard implements CanActivate {
  constructor(private readonly config: Config) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<ConsentRequest>();
    const { form_token: token } = Object(request.body) as { form_token?: unknown };
    // Browsers that say where a request comes from must say here; `none` is a form that was sent again by a reload.
    const site = request.headers['sec-fetch-site'] ?? 'same-origin';
    const cookie = connectCookie(request, request.consent.attempt.id, this.config.publicUrl) ?? '';
    if ((site === 'same-origin' || site === 'none') && isFormToken(cookie, token)) return true;
    throw failures.foreignForm();
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
    const { state } = request.query as { state?: unknown };
    request.consent = await this.flow.returned(
      typeof state === 'string' ? state : '',
      pathOf(request.params as Record<string, string>),
      (attemptId) => connectCookie(request, attemptId, this.config.publicUrl),
    );
    request.formToken = formToken(connectCookie(request, request.consent.attempt.id, this.config.publicUrl) ?? '');
    request.answer = request.query as Record<string, string>;
    return true;
  }
}

function pathOf({ tenant = '', app = '', name }: Record<string, string>): ReturnPath {
  return name === undefined ? { tenantSlug: tenant, appKey: app } : { upstreamName: name };
}
