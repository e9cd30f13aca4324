import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { Database, newId, type TenantId, type Transaction } from '#libs/database';
import { BriefCache, Clock } from '#libs/scheduling';
import { Vault, type SecretPlace } from '#libs/vault';
import { Upstream } from './upstream.entity.js';

/** All that a tenant's operator sets; what they leave out keeps the value that it has. */
export type UpstreamSettings = Pick<
  Upstream,
  | 'title'
  | 'mode'
  | 'enabled'
  | 'apiUrl'
  | 'tokenUrl'
  | 'authorizeUrl'
  | 'connectUrl'
  | 'jwksUrl'
  | 'clientId'
  | 'issuer'
  | 'audience'
  | 'userClaim'
  | 'orgClaim'
  | 'scopes'
  | 'connect'
  | 'implicit'
  | 'callsPerAddress'
  | 'callsPerPartner'
  | 'windowSeconds'
>;

/** A change by another process is felt after this long. */
const BELIEVED_SECONDS = 1;
const ENTRIES = 1000;

/** The upstreams of tenants. */
@Injectable()
export class Upstreams {
  readonly #held: BriefCache<Upstream | null>;

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {
    const load = (name: string) => {
      const [tenantId, id] = JSON.parse(name) as [TenantId, string];
      return this.database.of(tenantId).mapped((upstreams) => upstreams.findOneBy(Upstream, { tenantId, id }));
    };
    this.#held = new BriefCache({ load, seconds: BELIEVED_SECONDS, entries: ENTRIES, clock });
  }

  list(tenantId: TenantId): Promise<Upstream[]> {
    return this.database
      .of(tenantId)
      .mapped((upstreams) => upstreams.find(Upstream, { where: { tenantId }, order: { name: 'ASC' } }));
  }

  find(tenantId: TenantId, name: string): Promise<Upstream | null> {
    return this.database.of(tenantId).mapped((upstreams) => upstreams.findOneBy(Upstream, { tenantId, name }));
  }

  /** From memory for a second. */
  byId(tenantId: TenantId, id: string): Promise<Upstream | null> {
    return this.#held.get(JSON.stringify([tenantId, id]));
  }

  /** Makes it, or changes it. Its apps are due to be read at once. */
  async put(
    tenantId: TenantId,
    name: string,
    settings: UpstreamSettings,
    clientSecret: Secret<string> | null,
    inTransaction: (tx: Transaction, upstream: Upstream) => Promise<void> = () => Promise.resolve(),
  ): Promise<Upstream> {
    const now = this.clock.now();
    const upstream = await this.database.of(tenantId).transaction(async (tx) => {
      const [row] = await tx.query<{ id: string }>(
        `INSERT INTO upstreams (tenant_id, id, name, title, mode, api_url, token_url, connect_url, jwks_url, client_id, issuer, audience, scopes)
         VALUES ($1, $2, $3, '', 'app', '', '', '', '', '', '', '', '{}')
         ON CONFLICT (tenant_id, name) DO UPDATE SET name = $3 RETURNING id`,
        [tenantId, newId(), name],
      );
      if (!row) throw new Error('An INSERT that may update gave no row.');
      const key = { tenantId, id: row.id };
      const judged = {
        failures: 0,
        failingSince: null,
        lastFailure: null,
        pausedUntil: null,
        refusal: null,
        honoursKeys: false,
      };
      // A worker that is reading its apps loses its lease: the settings may name another server by now.
      const unread = { syncOffset: 0, syncBeganAt: null, syncFailure: null, leaseUntil: null, leaseOwner: null };
      await tx.manager.update(Upstream, key, {
        ...settings,
        ...judged,
        ...unread,
        version: raised,
        dueAt: now,
        updatedAt: now,
      });
      if (clientSecret) await this.vault.put(tenantId, clientSecretOf(row.id), clientSecret, tx);
      const stored = await tx.manager.findOneByOrFail(Upstream, key);
      await inTransaction(tx, stored);
      return stored;
    });
    this.forget(upstream);
    return upstream;
  }

  /** It has said that it knows a request again by its idempotency key. */
  async noteHonoursKeys({ tenantId, id, honoursKeys }: Upstream): Promise<void> {
    if (honoursKeys) return;
    await this.database
      .of(tenantId)
      .query(`UPDATE upstreams SET honours_keys = true WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    this.forget({ tenantId, id });
  }

  /** The next `byId` reads it again. */
  forget({ tenantId, id }: Pick<Upstream, 'tenantId' | 'id'>): void {
    this.#held.forget(JSON.stringify([tenantId, id]));
  }

  /** Its apps are read again, from the beginning, as soon as a worker looks; a reading under way goes on. */
  async readAnew(tenantId: TenantId, id: string): Promise<void> {
    const now = this.clock.now();
    await this.database
      .of(tenantId)
      .query(
        `UPDATE upstreams SET due_at = $3, sync_failure = NULL WHERE tenant_id = $1 AND id = $2 AND (lease_until IS NULL OR lease_until <= $3)`,
        [tenantId, id, now],
      );
  }

  /** @returns null where none was ever given */
  async clientSecret({ tenantId, id }: Pick<Upstream, 'tenantId' | 'id'>): Promise<Secret<string> | null> {
    const held = await this.vault.get<string>(tenantId, clientSecretOf(id));
    return held?.value ?? null;
  }
}

function clientSecretOf(upstreamId: string): SecretPlace {
  return { kind: 'upstream', rowId: upstreamId, field: 'client_secret' };
}

const raised = () => 'version + 1';
