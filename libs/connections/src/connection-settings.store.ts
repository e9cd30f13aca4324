import { Injectable } from '@nestjs/common';
import { Audit, type AuditDetails } from '#libs/audit';
import { Database, Wakeups, isUuid, type TenantId, type Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import { mergedMetadata, metadataFault, type Metadata } from './connection-metadata.js';
import { owner } from './connection-transitions.js';
import type { Connection, ConnectionSharing } from './connection.entity.js';
import { lockDefaults, moveDefault } from './default-connection.js';
import { lockConnection } from './lock-connection.js';
import { Switching } from './switching.js';

/** Only the members that are given change. */
export interface ConnectionSettingsChanges {
  title?: string;
  /** A JSON Merge Patch. */
  metadata?: Metadata | null;
  disabled?: boolean;
  sharing?: ConnectionSharing;
  isDefault?: boolean;
}

/** What an owner sets of a connection. */
@Injectable()
export class ConnectionSettings {
  constructor(
    private readonly database: Database,
    private readonly switching: Switching,
    private readonly audit: Audit,
    private readonly wakeups: Wakeups,
  ) {}

  /**
   * @returns false when the user has no such connection of their own
   * @throws Problem invalid, or conflict for what its status does not allow
   */
  async change(
    tenantId: TenantId,
    userId: string,
    id: string,
    changes: ConnectionSettingsChanges,
    address: string | null,
  ): Promise<boolean> {
    if (!isUuid(id)) return false;
    return this.database.of(tenantId).transaction(async (tx) => {
      await lockDefaults(tx, tenantId, userId);
      const row = await lockConnection(tx, tenantId, id);
      if (!row || row.userId !== userId) return false;
      const author = owner(userId, address);
      await this.#write(tx, row, changes);
      if (changes.isDefault !== undefined) await this.#setDefault(tx, row, changes.isDefault);
      await this.audit.record(tx, tenantId, {
        actor: author.actor,
        action: 'connection.changed',
        subject: row.id,
        details: detailsOf(row, changes),
      });
      if (changes.disabled === true) await this.switching.off(tx, row, author);
      if (changes.disabled === false && (await this.switching.on(tx, row, author)))
        await this.wakeups.notify(tx, 'connections');
      return true;
    });
  }

  async #write(
    tx: Transaction,
    row: Connection,
    { title, metadata, sharing }: ConnectionSettingsChanges,
  ): Promise<void> {
    const merged = metadata === undefined ? row.metadata : mergedMetadata(row.metadata, metadata);
    const fault = metadata === undefined ? null : metadataFault(merged);
    if (fault !== null) throw problem('invalid', fault, { source: { pointer: '/data/metadata' } });
    await tx.query(`UPDATE connections SET title = $3, metadata = $4, sharing = $5 WHERE tenant_id = $1 AND id = $2`, [
      row.tenantId,
      row.id,
      title ?? row.title,
      merged,
      sharing ?? row.sharing,
    ]);
  }

  async #setDefault(tx: Transaction, row: Connection, isDefault: boolean): Promise<void> {
    if (isDefault === row.isDefault) return;
    const source = { pointer: '/data/is_default' };
    if (!isDefault) throw problem('invalid', 'Make another connection of this app the default instead.', { source });
    if (row.status === 'pending')
      throw problem('conflict', 'A connection that is not confirmed yet can not be the default. Confirm it first.', {
        source,
      });
    await moveDefault(tx, row);
  }
}

function detailsOf(row: Connection, changes: ConnectionSettingsChanges): AuditDetails {
  const { title, metadata, disabled, sharing, isDefault: is_default } = changes;
  const given = Object.entries({ title, metadata, disabled, sharing, is_default });
  const members = given.flatMap(([name, value]) => (value === undefined ? [] : [name])).join(' ');
  const isShared = sharing !== undefined && sharing !== row.sharing;
  return { members, ...(isShared && { sharing_from: row.sharing, sharing_to: sharing }) };
}
