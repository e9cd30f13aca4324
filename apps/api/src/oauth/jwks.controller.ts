import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '#libs/errors';
import { PublishedKeys, type PublishedKeySet } from '#libs/signing-keys';
import { PLATFORM } from '#libs/tenants';

/** For how long a cache may go on with what it has while we do not answer (RFC 5861 §4). */
const STALE_IF_ERROR_SECONDS = 86_400;

/** JWK Sets of the keys that we hold (RFC 7517 §5), from memory. Nothing about them is secret: any page may read them. */
@Controller()
export class JwksController {
  constructor(private readonly published: PublishedKeys) {}

  @Get('tenants/:slug/.well-known/jwks.json')
  async ofTenant(
    @Param('slug') slug: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    send(request, reply, await this.published.bySlug(slug));
  }

  /** Our own: of callbacks, and of `iss`. */
  @Get('.well-known/jwks.json')
  async own(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    send(request, reply, await this.published.byTenant(PLATFORM));
  }
}

function send(request: FastifyRequest, reply: FastifyReply, set: PublishedKeySet | null): void {
  if (!set) throw problem('not_found', 'There is no tenant of this name.');
  const fresh = set.maxAgeSeconds > 0 ? `public, max-age=${set.maxAgeSeconds}` : 'public, no-cache';
  void reply.headers({
    'cache-control': `${fresh}, stale-if-error=${STALE_IF_ERROR_SECONDS}`,
    'access-control-allow-origin': '*',
    etag: set.etag,
  });
  if (names(request.headers['if-none-match'], set.etag)) void reply.status(304).send();
  else void reply.header('content-type', 'application/json; charset=utf-8').send(set.body);
}

/** RFC 9110 §13.1.2: a list of entity tags, or `*`, compared weakly. */
function names(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((entry) => entry.trim() === '*' || entry.trim().replace(/^W\//, '') === etag);
}
