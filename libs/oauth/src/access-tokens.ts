import { Injectable } from '@nestjs/common';
import { namePrefix, pooledRandomBytes, readPrefix, Secret } from '#libs/crypto';
import { asTenantId, type TenantId } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Sealer } from '#libs/vault';
import { Denials } from './denials.js';

/** `access`: of a user, for the partner's servers. `browser`: of a user, for pages of one origin. `app`: of the client itself. */
export type AccessTokenKind = 'access' | 'browser' | 'app';

/** Who a bearer token speaks for, and what it may do. */
export interface Bearer {
  tenantId: TenantId;
  kind: AccessTokenKind;
  clientId: string;
  /** Null for an app token. */
  userId: string | null;
  scopes: string[];
  /** The one origin whose pages may use it; null unless `kind` is browser. */
  origin: string | null;
  /** The authorization that it comes from; null where a JWT or a client's own credentials were exchanged. */
  grantId: string | null;
  /** Of this one token. */
  id: string;
  /** Of the token at the root of the exchanges that led to this one, which ends with it; null where it is the root itself. */
  rootId: string | null;
  issuedAt: Date;
  expiresAt: Date;
}

/** What the issuer says; the rest is of the token itself. */
export type NewBearer = Omit<Bearer, 'id' | 'rootId' | 'issuedAt' | 'expiresAt'> & Partial<Pick<Bearer, 'rootId'>>;

type SealedFields = [
  id: string,
  kind: AccessTokenKind,
  clientId: string,
  userId: string | null,
  scope: string,
  origin: string | null,
  grantId: string | null,
  issuedAt: number,
  expiresAt: number,
  /** An older build seals none. */
  rootId?: string | null,
];

const ID_BYTES = 16;

/**
 * Access tokens hold what they say, sealed: issuing one and checking one touch no database (docs/decisions/0003). To their holder they are
 * opaque.
 */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly sealer: Sealer,
    private readonly denials: Denials,
    private readonly clock: Clock,
  ) {}

  issue(
    { tenantId, kind, clientId, userId, scopes, origin, grantId, rootId = null }: NewBearer,
    lifetimeSeconds: number,
  ): { token: Secret<string>; expiresAt: Date } {
    const issuedAt = this.denials.timeOfIssue(tenantId, clientId, userId);
    const expiresAt = secondsAfter(this.clock.now(), lifetimeSeconds);
    const id = pooledRandomBytes(ID_BYTES).toString('base64url');
    const fields: SealedFields = [
      id,
      kind,
      clientId,
      userId,
      scopes.join(' '),
      origin,
      grantId,
      issuedAt.getTime(),
      expiresAt.getTime(),
      rootId,
    ];
    const sealed = this.sealer.seal(purpose(tenantId), Buffer.from(JSON.stringify(fields)));
    return { token: new Secret(namePrefix(kindPrefix(kind), tenantId) + sealed), expiresAt };
  }

  /** @returns null for anything but a live token of ours: expired, revoked, or of a client, user or tenant that is disabled */
  async find(token: string): Promise<Bearer | null> {
    const named = readPrefix('access', token) ?? readPrefix('browser', token);
    if (!named) return null;
    const tenantId = asTenantId(named.tenantId);
    const opened = await this.sealer.open(purpose(tenantId), named.rest);
    if (!opened) return null;
    const bearer = read(tenantId, JSON.parse(opened.toString('utf8')) as SealedFields);
    return bearer.expiresAt > this.clock.now() && !this.denials.isDenied(bearer) ? bearer : null;
  }
}

function read(
  tenantId: TenantId,
  [id, kind, clientId, userId, scope, origin, grantId, issuedAt, expiresAt, rootId = null]: SealedFields,
): Bearer {
  const times = { issuedAt: new Date(issuedAt), expiresAt: new Date(expiresAt) };
  return { tenantId, kind, clientId, userId, scopes: scope.split(' '), origin, grantId, id, rootId, ...times };
}

function kindPrefix(kind: AccessTokenKind): 'access' | 'browser' {
  return kind === 'browser' ? 'browser' : 'access';
}

function purpose(tenantId: TenantId): ['access-token', TenantId] {
  return ['access-token', tenantId];
}
