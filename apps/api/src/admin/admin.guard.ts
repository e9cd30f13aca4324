import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AdminCredentials, ConsoleSessions, type AdminHolder } from '#libs/admin-keys';
import { Config } from '#libs/config';
import { problem } from '#libs/errors';
import { consoleCookie } from '../console/console-cookie.js';
import { requireOwnPage } from '../console/own-page.js';
import { requireReach, toAdminCaller, type AdminCaller } from './admin-caller.js';

/** `admin` is there behind the guard. */
export type AdminRequest = FastifyRequest & { admin?: AdminCaller };

/** `Authorization: Bearer` with `ADMIN_TOKEN`, or with an admin key that reaches what is asked for; or the console's cookie for either. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly config: Config,
    private readonly credentials: AdminCredentials,
    private readonly sessions: ConsoleSessions,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.admit(context.switchToHttp().getRequest<AdminRequest>());
    return true;
  }

  /** @throws Problem not_authenticated, authentication_failed, permission_denied, not_found */
  async admit(request: AdminRequest): Promise<void> {
    const caller = toAdminCaller(await this.#recognise(request));
    const { slug } = request.params as { slug?: string };
    requireReach(caller, { method: request.method, route: request.routeOptions.url ?? '', slug });
    request.admin = caller;
  }

  async #recognise(request: AdminRequest): Promise<AdminHolder> {
    const { authorization } = request.headers;
    if (authorization === undefined) return this.#signedIn(request);
    const token = /^Bearer +(.+)$/i.exec(authorization)?.[1] ?? '';
    const holder = await this.credentials.recognise(token);
    if (!holder)
      throw problem(
        'authentication_failed',
        'This is neither the admin token nor an admin key that is good. Send what ADMIN_TOKEN says, or have a new key made.',
      );
    return holder;
  }

  async #signedIn(request: AdminRequest): Promise<AdminHolder> {
    const cookie = consoleCookie(request, this.config.publicUrl);
    if (cookie === undefined) throw problem('not_authenticated', 'Send the admin token: Authorization: Bearer ….');
    requireOwnPage(request, this.config.publicUrl);
    const session = await this.sessions.find(cookie);
    // Nobody guessed: a page that is left open asks on when its session is over, and must not shut its own address out.
    if (!session) throw problem('not_authenticated', 'Your session at the console is over. Sign in again.');
    return session;
  }
}
