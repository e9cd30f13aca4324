import { Injectable } from '@nestjs/common';
import type { Actor } from '#libs/audit';
import type { TenantAppView } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import { Database, isUniqueViolation, isUuid, type TenantId, type Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import { Users } from '#libs/tenants';
import type { Account } from './account.js';
import { ConnectionEstablishment, type NewConnection } from './connection-establishment.js';
import type { Metadata } from './connection-metadata.js';
import { admin } from './connection-transitions.js';
import type { Connection, ConnectionSharing } from './connection.entity.js';
import { columns } from './connection-columns.js';
import type { Credentials } from './credentials.js';
import { lockDefaults, moveDefault } from './default-connection.js';
import { ImportedCredentials } from './imported-credentials.js';
import { lockConnection } from './lock-connection.js';
import { Switching } from './switching.js';

/** A connection as another system knows it. What is undefined stays as it is when the connection exists. */
export interface ImportedConnection {
  app: TenantAppView;
  org: string;
  user: string;
  credentials: Secret<Credentials>;
  /** Whether `obtainedAt` of OAuth credentials is theirs, or only the time of the import. */
  isDated: boolean;
  title: string | undefined;
  account: Account | undefined;
  metadata: Metadata | undefined;
  externalId: string | undefined;
  sharing: ConnectionSharing | undefined;
  isDefault: boolean | undefined;
  disabled: boolean | undefined;
}

export interface ImportOutcome {
  outcome: 'created' | 'updated';
  /** Null for what a dry run would create. */
  id: string | null;
}

/** Takes connections over from elsewhere. Importing one again, by its external id, ends where the first time did. */
@Injectable()
export class ConnectionImports {
  constructor(
    private readonly database: Database,
    private readonly users: Users,
    private readonly establishment: ConnectionEstablishment,
    private readonly imported: ImportedCredentials,
    private readonly switching: Switching,
  ) {}

  /** Whether it would be created or updated. Writes nothing. @throws Problem conflict */
  async tryOut(tenantId: TenantId, item: ImportedConnection): Promise<ImportOutcome> {
    const [user] = await this.users.list(tenantId, { org: item.org, subject: item.user, limit: 1 });
    const found = await this.#find(tenantId, item, user?.id ?? null);
    return { outcome: found ? 'updated' : 'created', id: found?.id ?? null };
  }

  /** @throws Problem conflict when its external id names a connection of another user or app */
  async import(tenantId: TenantId, item: ImportedConnection, actor: Actor): Promise<ImportOutcome> {
    try {
      return await this.#import(tenantId, item, actor);
    } catch (error) {
      if (!isUniqueViolation(error, 'connections_one_per_external_id')) throw error;
      // Imported elsewhere at this moment: there is something to update now.
      return this.#import(tenantId, item, actor);
    }
  }

  async #import(tenantId: TenantId, item: ImportedConnection, actor: Actor): Promise<ImportOutcome> {
    const userId = await this.users.findOrCreate(tenantId, item.org, item.user);
    const found = await this.#find(tenantId, item, userId);
    return this.database.of(tenantId).transaction(async (tx) => {
      await lockDefaults(tx, tenantId, userId);
      const before = found && (await lockConnection(tx, tenantId, found.id));
      const id = before
        ? await this.#update(tx, before, item, actor)
        : await this.#create(tx, tenantId, userId, item, actor);
      await this.imported.remember(tx, tenantId, id, item.credentials);
      const row = await lockConnection(tx, tenantId, id);
      if (!row) throw new Error('The connection vanished while it was imported.');
      if (item.isDefault === true && !row.isDefault) await moveDefault(tx, row);
      if (item.disabled ?? before?.status === 'disabled') await this.switching.off(tx, row, admin(actor));
      else await this.switching.on(tx, row, admin(actor));
      return { outcome: before ? 'updated' : 'created', id };
    });
  }

  #create(
    tx: Transaction,
    tenantId: TenantId,
    userId: string,
    item: ImportedConnection,
    actor: Actor,
  ): Promise<string> {
    const { externalId = null, sharing = 'private', metadata = {} } = item;
    const account = item.account ?? { id: null, title: null };
    const own = { userId, account, externalId, sharing, metadata };
    return this.establishment.establish(tx, tenantId, { ...own, ...this.#given(item, account, actor) }, null);
  }

  /** Credentials that are no newer than those that stand there leave them alone: they may have been spent since. */
  async #update(tx: Transaction, row: Connection, item: ImportedConnection, actor: Actor): Promise<string> {
    const { tenantId, id, userId } = row;
    const account = item.account ?? { id: row.accountId, title: row.accountTitle };
    const title = item.title ?? row.title;
    if (await this.imported.areNewer(tx, row, item)) {
      const values = { userId, account, ...this.#given(item, account, actor), title };
      await this.establishment.establish(tx, tenantId, values, id);
    }
    await tx.query(
      `UPDATE connections SET title = $3, account_id = $4, account_title = $5, metadata = $6, sharing = $7, external_id = $8
        WHERE tenant_id = $1 AND id = $2`,
      [
        tenantId,
        id,
        title,
        account.id,
        account.title,
        item.metadata ?? row.metadata,
        item.sharing ?? row.sharing,
        item.externalId ?? row.externalId,
      ],
    );
    return id;
  }

  #given({ app, title, credentials }: ImportedConnection, account: Account, actor: Actor) {
    const { id: appId, definition } = app;
    const { security } = definition;
    return {
      appId,
      title: title ?? [definition.title, account.title].filter(Boolean).join(' '),
      status: 'connected',
      credentials,
      keepAliveSeconds: security.kind === 'oauth2' ? (security.refresh?.keepAliveSeconds ?? null) : null,
      author: admin(actor),
    } satisfies Partial<NewConnection>;
  }

  /** By external id, or by our own id, which an export gives where there is no other. */
  async #find(tenantId: TenantId, item: ImportedConnection, userId: string | null): Promise<Connection | null> {
    if (item.externalId === undefined) return null;
    const [row] = await this.database.of(tenantId).query<Connection>(
      `SELECT ${columns} FROM connections
        WHERE tenant_id = $1 AND status <> 'deleted' AND (external_id = $2 OR (external_id IS NULL AND id = $3))
        ORDER BY external_id IS NULL LIMIT 1`,
      [tenantId, item.externalId, isUuid(item.externalId) ? item.externalId : null],
    );
    if (row && (row.userId !== userId || row.appId !== item.app.id))
      throw problem(
        'conflict',
        'external_id names a connection of another user or app. Give each connection one of its own.',
      );
    return row ?? null;
  }
}
