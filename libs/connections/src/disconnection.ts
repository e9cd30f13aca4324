import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { TenantCatalog } from '#libs/catalog';
import { Database, type TenantId } from '#libs/database';
import { owner } from './connection-transitions.js';
import { Connections } from './connections.store.js';
import { Revocations, type RevocationOutcome } from './revocations.js';

/** Takes a connection away from its user, and tells the third party. */
@Injectable()
export class Disconnection {
  constructor(
    private readonly database: Database,
    private readonly connections: Connections,
    private readonly catalog: TenantCatalog,
    private readonly revocations: Revocations,
    private readonly audit: Audit,
  ) {}

  /**
   * Our copy is gone first; then the app is told, where it can be (RFC 7009).
   * @returns how that went; null when the user has no such connection
   */
  async disconnect(
    tenantId: TenantId,
    userId: string,
    id: string,
    address: string | null,
  ): Promise<RevocationOutcome | null> {
    const connection = await this.connections.find(tenantId, userId, id);
    const author = owner(userId, address);
    const credentials = connection && (await this.connections.remove(tenantId, userId, connection.id, author));
    if (!credentials) return null;
    const app = await this.catalog.find(tenantId, connection.appId);
    const outcome = app ? await this.revocations.revoke(tenantId, app, credentials) : 'unsupported';
    await this.#record(tenantId, connection.id, author.actor, outcome);
    return outcome;
  }

  #record(tenantId: TenantId, id: string, actor: Actor, revocation: RevocationOutcome): Promise<void> {
    const action = 'connection.revoked';
    return this.database.transaction((tx) =>
      this.audit.record(tx, tenantId, { actor, action, subject: id, details: { revocation } }),
    );
  }
}
