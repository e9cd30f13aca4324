import { Injectable } from '@nestjs/common';
import { mintToken, Secret } from '#libs/crypto';
import { Database, isStorable, type TenantId, type Transaction } from '#libs/database';
import { MAX_REFRESH_GRACE_SECONDS } from './client-defaults.js';
import { Client } from './client.entity.js';

type RefreshSettings = Pick<Client, 'refreshGraceSeconds' | 'refreshLifetimeSeconds'>;
type OwnSettings = Pick<Client, 'name' | 'grants' | 'scopes' | 'redirectUris'>;
export type ClientSettings = OwnSettings & RefreshSettings;
export type NewClient = OwnSettings & { isPublic: boolean } & {
  [K in keyof RefreshSettings]?: RefreshSettings[K] | undefined;
};

export interface ClientWithSecret {
  client: Client;
  /** Null for a public client. */
  secret: Secret<string> | null;
}

/** OAuth clients. Whatever `also` does stands or falls with the change that it is given to. */
@Injectable()
export class Clients {
  constructor(private readonly database: Database) {}

  add(
    tenantId: TenantId,
    values: NewClient,
    also: (client: Client, tx: Transaction) => Promise<void>,
  ): Promise<ClientWithSecret> {
    return this.database.of(tenantId).transaction(async (tx) => {
      const made = await this.insert(tenantId, values, tx);
      await also(made.client, tx);
      return made;
    });
  }

  /** As `add`, in the caller's transaction. */
  async insert(
    tenantId: TenantId,
    {
      isPublic,
      refreshGraceSeconds = MAX_REFRESH_GRACE_SECONDS,
      refreshLifetimeSeconds = null,
      ...settings
    }: NewClient,
    tx: Transaction,
  ): Promise<ClientWithSecret> {
    const { token: clientId } = mintToken('client', tenantId);
    const secret = isPublic ? null : mintToken('clientSecret', tenantId);
    const client = tx.manager.create(Client, {
      ...settings,
      refreshGraceSeconds,
      refreshLifetimeSeconds,
      tenantId,
      clientId,
      secretDigest: secret?.digest ?? null,
      previousSecretDigest: null,
      previousSecretUntil: null,
      disabledAt: null,
      createdAt: new Date(),
    });
    await tx.manager.insert(Client, client);
    return { client, secret: secret && new Secret(secret.token) };
  }

  /**
   * Whether a client exists must not be told by the time it takes. So there is a row to read for each id, one like a client's where there
   * is none, and it is read by hand: the mapper takes longer for some rows than for others.
   */
  async find(tenantId: TenantId, clientId: string): Promise<Client | null> {
    if (!isStorable(clientId)) return null;
    const [client] = await this.database.of(tenantId).query<Client>(
      `SELECT tenant_id AS "tenantId", client_id AS "clientId", name, secret_digest AS "secretDigest",
              previous_secret_digest AS "previousSecretDigest", previous_secret_until AS "previousSecretUntil", grants, scopes,
              redirect_uris AS "redirectUris", refresh_grace_seconds AS "refreshGraceSeconds",
              refresh_lifetime_seconds AS "refreshLifetimeSeconds", disabled_at AS "disabledAt",
              created_at AS "createdAt"
         FROM clients WHERE tenant_id = $1 AND client_id = $2
       UNION ALL
       SELECT $1, '', 'nobody', sha256('nobody'), NULL, NULL, '{client_credentials}', '{webhook:read}', '{}', 30, NULL, NULL, 'epoch'
        LIMIT 1`,
      [tenantId, clientId],
    );
    return client?.clientId === clientId ? client : null;
  }

  /** Oldest first. */
  list(tenantId: TenantId): Promise<Client[]> {
    return this.database
      .of(tenantId)
      .mapped((clients) => clients.find(Client, { where: { tenantId }, order: { createdAt: 'ASC', clientId: 'ASC' } }));
  }

  /** @returns null when there is no such client */
  async update(
    tenantId: TenantId,
    clientId: string,
    changes: Partial<ClientSettings>,
    also: (tx: Transaction) => Promise<void>,
  ): Promise<Client | null> {
    if (!(await this.find(tenantId, clientId))) return null;
    await this.database.of(tenantId).transaction(async (tx) => {
      if (Object.keys(changes).length > 0) await tx.manager.update(Client, { tenantId, clientId }, changes);
      await also(tx);
    });
    return this.find(tenantId, clientId);
  }

  /**
   * Gives the client a new secret. Of those before, only the last is ever good, and only until `previousUntil`.
   * @param previousUntil null: none is good any more
   * @returns null when there is no such client, or when it is public
   */
  async replaceSecret(
    tenantId: TenantId,
    clientId: string,
    previousUntil: Date | null,
    also: (tx: Transaction) => Promise<void>,
  ): Promise<(ClientWithSecret & { secret: Secret<string> }) | null> {
    if (!isStorable(clientId)) return null;
    const { token, digest } = mintToken('clientSecret', tenantId);
    const isReplaced = await this.database.of(tenantId).commitIf(async (tx) => {
      const rows = await tx.query(
        `UPDATE clients
            SET secret_digest = $3, previous_secret_until = $4,
                previous_secret_digest = CASE WHEN $4::timestamptz IS NULL THEN NULL ELSE secret_digest END
          WHERE tenant_id = $1 AND client_id = $2 AND secret_digest IS NOT NULL RETURNING client_id`,
        [tenantId, clientId, digest, previousUntil],
      );
      if (rows.length > 0) await also(tx);
      return rows.length > 0;
    });
    const client = isReplaced ? await this.find(tenantId, clientId) : null;
    return client && { client, secret: new Secret(token) };
  }
}
