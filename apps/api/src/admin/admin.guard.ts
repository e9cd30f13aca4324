import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Config } from '#libs/config';
import { digestsEqual, sha256 } from '#libs/crypto';
import { problem } from '#libs/errors';

/** `Authorization: Bearer` with `ADMIN_TOKEN`. */
@Injectable()
export class AdminGuard implements CanActivate {
  readonly #digest: Buffer;

  constructor(config: Config) {
    this.#digest = sha256(config.adminToken);
  }

  canActivate(context: ExecutionContext): boolean {
    this.check(context.switchToHttp().getRequest<FastifyRequest>().headers.authorization);
    return true;
  }

  /** @throws Problem not_authenticated, authentication_failed */
  check(authorization: string | undefined): void {
    if (authorization === undefined)
      throw problem('not_authenticated', 'Send the admin token: Authorization: Bearer ….');
    const token = /^Bearer +(.+)$/i.exec(authorization)?.[1] ?? '';
    if (!digestsEqual(this.#digest, sha256(token)))
      throw problem('authentication_failed', 'This is not the admin token.');
  }
}
