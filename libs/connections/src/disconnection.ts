import { Injectable } from '@nestjs/common';
import { TenantCatalog } from '#libs/catalog';
import type { Actor } from '#libs/audit';
import { isUuid, type TenantId } from '#libs/database';
import { admin, owner, type ChangeAuthor } from './connection-transitions.js';
import type { Connection } from './connection.entity.js';
import { Connections } from './connections.store.js';
import { DueRevocations } from './due-revocations.store.js';
import { Revocations, type RevocationOutcome } from './revocations.js';

/** Takes a connection away from its user, and tells the third party. */
@Injectable()
export class Disconnection {
  constructor(
    private readonly connections: Connections,
    private readonly catalog: TenantCatalog,
    private readonly revocations: Revocations,
    private readonly due: DueRevocations,
  ) {}

  /**
   * The connection's secrets are gone first; then the app is told, where it can be (RFC 7009). What that takes is set aside in the same
   * transaction, until the app has answered: a worker ends what a process that died here began.
   * @returns how that went; null when the user has no such connection
   */
  async disconnect(
    tenantId: TenantId,
    userId: string,
    id: string,
    address: string | null,
  ): Promise<RevocationOutcome | null> {
    const connection = await this.connections.find(tenantId, userId, id);
    return connection && this.#take(connection, owner(userId, address));
  }

  /** As `disconnect`, by an operator: whoever's it is. @param id any text @returns null when the tenant has no such connection */
  async disconnectAny(tenantId: TenantId, id: string, actor: Actor): Promise<RevocationOutcome | null> {
    const connection = isUuid(id) ? await this.connections.byId(tenantId, id) : null;
    return connection && this.#take(connection, admin(actor));
  }

  async #take({ tenantId, userId, id, appId }: Connection, author: ChangeAuthor): Promise<RevocationOutcome | null> {
    const credentials = await this.connections.remove(tenantId, userId, id, author, (tx, row, held) =>
      this.due.begin(tx, row, held, author.actor),
    );
    if (!credentials) return null;
    const app = await this.catalog.findHeld(tenantId, appId);
    const outcome = app ? await this.revocations.revoke(tenantId, app, id, credentials) : 'unsupported';
    await this.due.end(tenantId, id, author.actor, outcome);
    return outcome;
  }
}
