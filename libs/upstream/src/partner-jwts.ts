import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { Signer } from '#libs/signing-keys';
import { Users } from '#libs/tenants';
import { UpstreamError } from './upstream-error.js';
import type { Upstream } from './upstream.entity.js';

/** Below the 5 minutes that are allowed (protocol.md §4): our clock may be ahead of theirs. */
const LIFE_SECONDS = 240;

/** JWTs by which an upstream knows the tenant's users, signed with the tenant's active key. */
@Injectable()
export class PartnerJwts {
  constructor(
    private readonly signer: Signer,
    private readonly users: Users,
    private readonly clock: Clock,
  ) {}

  async of(upstream: Upstream, userId: string): Promise<string> {
    const user = await this.users.find(upstream.tenantId, userId);
    if (!user) throw new UpstreamError('unlinked', 'There is no such user.');
    return this.sign(upstream, upstream.tenantId, user);
  }

  sign(upstream: Upstream, tenantId: TenantId, { subject, org }: { subject: string; org: string }): Promise<string> {
    const { issuer, audience, userClaim, orgClaim } = upstream;
    const now = Math.floor(this.clock.now().getTime() / 1000);
    const times = { iat: now, nbf: now, exp: now + LIFE_SECONDS };
    const claims = { iss: issuer, aud: audience, ...times, jti: randomUUID() };
    return this.signer.sign(tenantId, { ...claims, [userClaim]: subject, [orgClaim]: org });
  }
}
