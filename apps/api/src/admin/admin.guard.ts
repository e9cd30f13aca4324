import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AdminKeys } from '#libs/admin-keys';
import { Config } from '#libs/config';
import { digestsEqual, sha256 } from '#libs/crypto';
import { problem } from '#libs/errors';
import { requireReach, type AdminCaller } from './admin-caller.js';

/** `admin` is there behind the guard. */
export type AdminRequest = FastifyRequest & { admin?: AdminCaller };

/** `Authorization: Bearer` with `ADMIN_TOKEN`, or with an admin key that reaches what is asked for. */
@Injectable()
export class AdminGuard implements CanActivate {
  readonly #digest: Buffer;

  constructor(
    config: Config,
    private readonly keys: AdminKeys,
  ) {
    this.#digest = sha256(config.adminToken);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.admit(context.switchToHttp().getRequest<AdminRequest>());
    return true;
  }

  /** @throws Problem not_authenticated, authentication_failed, permission_denied, not_found */
  async admit(request: AdminRequest): Promise<void> {
    const caller = await this.#recognise(request.headers.authorization);
    const { slug } = request.params as { slug?: string };
    requireReach(caller, { method: request.method, route: request.routeOptions.url ?? '', slug });
    request.admin = caller;
  }

  async #recognise(authorization: string | undefined): Promise<AdminCaller> {
    if (authorization === undefined)
      throw problem('not_authenticated', 'Send the admin token: Authorization: Bearer ….');
    const token = /^Bearer +(.+)$/i.exec(authorization)?.[1] ?? '';
    if (digestsEqual(this.#digest, sha256(token)))
      return { name: 'admin-token', slug: null, readOnly: false, expiresAt: null };
    const key = await this.keys.recognise(token);
    if (!key) throw problem('authentication_failed', 'This is not the admin token, and no admin key that is good.');
    const { id, slug, readOnly, expiresAt } = key;
    return { name: `admin-key:${id}`, slug, readOnly, expiresAt };
  }
}
