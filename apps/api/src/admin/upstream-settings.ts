import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { Config } from '#libs/config';
import { Secret } from '#libs/crypto';
import { Egress, EgressError } from '#libs/egress';
import { problem } from '#libs/errors';
import type { Tenant } from '#libs/tenants';
import { AccountApp, completeSettings, UpstreamRemoval, Upstreams, type Upstream } from '#libs/upstream';
import { changedMembers } from './changed-members.js';
import { requireRoom } from './tenant-quotas.js';
import { toUpstreamSettings, URL_MEMBERS, type PutUpstreamDto } from './upstream.dto.js';

const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;
/** Who we are there, and who its users are. */
const IDENTITY = ['mode', 'clientId', 'issuer', 'userClaim', 'orgClaim'] as const;
/** RFC 7519 §4.1, without `sub`. */
const RESERVED = ['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'];

/** Makes and changes upstreams as operators ask for it. */
@Injectable()
export class UpstreamSettingsChanges {
  constructor(
    private readonly config: Config,
    private readonly egress: Egress,
    private readonly upstreams: Upstreams,
    private readonly accounts: AccountApp,
    private readonly removal: UpstreamRemoval,
    private readonly audit: Audit,
  ) {}

  /** @throws Problem invalid */
  async put({ id: tenantId, slug }: Tenant, name: string, dto: PutUpstreamDto, actor: Actor): Promise<Upstream> {
    // What lists call our own apps can be no upstream's name.
    if (!NAME.test(name) || name === 'local')
      throw problem(
        'invalid',
        'The name of an upstream must be 1 to 32 of a-z, 0-9, - and _, and begin with neither sign. It can not be local.',
      );
    await this.#requireAllowed(dto);
    const before = await this.upstreams.find(tenantId, name);
    const secret = dto.client_secret === undefined ? null : new Secret(dto.client_secret);
    if (!before && !secret)
      throw problem('invalid', 'A new upstream needs a client_secret.', { source: { pointer: '/client_secret' } });
    if (before && !secret && isOther(before, dto)) {
      const detail =
        'Give the client_secret again: the one that is held was for another client_id or another token_url.';
      throw problem('invalid', detail, { source: { pointer: '/client_secret' } });
    }
    const issuer = `${this.config.publicUrl}/tenants/${slug}`;
    const settings = completeSettings(toUpstreamSettings(dto), before, { name, issuer });
    if (settings.userClaim === settings.orgClaim || RESERVED.some((claim) => claimsOf(settings).includes(claim)))
      throw problem(
        'invalid',
        'The claims of the user and of the org need two names that no JWT has for other things.',
        {
          source: { pointer: '/claims' },
        },
      );
    if (before && isElsewhere(before, settings) && (await this.removal.isInUse(before))) {
      const detail =
        'Accounts are connected through it, which another server, mode, client or claim would not know. Give the other one a name of its own, or disconnect them first: POST …/revocations.';
      throw problem('conflict', detail);
    }
    const action = before ? 'upstream.changed' : 'upstream.created';
    const upstream = await this.upstreams.put(tenantId, name, settings, secret, async (tx) => {
      if (!before) await requireRoom(tx, tenantId, 'upstreams');
      const details = changedMembers(dto) ?? {};
      await this.audit.record(tx, tenantId, { actor, action, subject: name, details });
    });
    await this.accounts.keep(upstream);
    return upstream;
  }

  async #requireAllowed(dto: PutUpstreamDto): Promise<void> {
    for (const member of URL_MEMBERS) {
      const url = dto[member];
      if (!url) continue;
      await this.egress.check(url).catch((error: unknown) => {
        if (!(error instanceof EgressError)) throw error;
        throw problem('invalid', `HTTPS on a public address is needed for ${member}.`, {
          source: { pointer: `/${member}` },
        });
      });
    }
  }
}

function claimsOf({ userClaim, orgClaim }: Pick<Upstream, 'userClaim' | 'orgClaim'>): string[] {
  return [userClaim, orgClaim];
}

/** A secret goes nowhere but where it was meant to go. */
function isOther({ clientId, tokenUrl }: Upstream, dto: PutUpstreamDto): boolean {
  return dto.client_id !== clientId || new URL(dto.token_url).origin !== new URL(tokenUrl).origin;
}

/** Whether what it holds of users, their tokens and the ids of their accounts, would go to somebody else, or be somebody else's. */
function isElsewhere(
  before: Upstream,
  after: Pick<Upstream, (typeof IDENTITY)[number] | 'apiUrl' | 'tokenUrl'>,
): boolean {
  const isMoved = (['apiUrl', 'tokenUrl'] as const).some(
    (url) => new URL(before[url]).origin !== new URL(after[url]).origin,
  );
  return isMoved || IDENTITY.some((member) => before[member] !== after[member]);
}
