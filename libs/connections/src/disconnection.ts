import { Injectable, Logger } from '@nestjs/common';
import { TenantCatalog } from '#libs/catalog';
import type { Actor } from '#libs/audit';
import { isUuid, type TenantId } from '#libs/database';
import { admin, owner, type ChangeAuthor } from './connection-transitions.js';
import type { Connection } from './connection.entity.js';
import { Connections, type Removed } from './connections.store.js';
import { DueRevocations } from './due-revocations.store.js';
import { Revocations, UNREADABLE, UNSUPPORTED, type RevocationState } from './revocations.js';

/** Takes a connection away from its user, and tells the third party. */
@Injectable()
export class Disconnection {
  readonly #log = new Logger('Disconnection');

  constructor(
    private readonly connections: Connections,
    private readonly catalog: TenantCatalog,
    private readonly revocations: Revocations,
    private readonly due: DueRevocations,
  ) {}

  /**
   * The connection's secrets are gone first; then the app is told, where it can be (RFC 7009). What that takes is set aside in the same
   * transaction, until the app has answered: a worker ends what a process that died here began, or what it could not end.
   * @returns how that went, `pending` where it is tried again; null when the user has no such connection
   */
  async disconnect(
    tenantId: TenantId,
    userId: string,
    id: string,
    address: string | null,
  ): Promise<RevocationState | null> {
    const connection = await this.connections.find(tenantId, userId, id);
    return connection && this.#take(connection, owner(userId, address));
  }

  /** As `disconnect`, by an operator: whoever's it is. @param id any text @returns null when the tenant has no such connection */
  async disconnectAny(tenantId: TenantId, id: string, actor: Actor): Promise<RevocationState | null> {
    const connection = isUuid(id) ? await this.connections.byId(tenantId, id) : null;
    return connection && this.#take(connection, admin(actor));
  }

  async #take(connection: Connection, author: ChangeAuthor): Promise<RevocationState | null> {
    const { tenantId, userId, id } = connection;
    const removed = await this.connections.remove(tenantId, userId, id, author, (tx, row, { credentials }) =>
      this.due.begin(tx, row, credentials, author.actor),
    );
    if (!removed) return null;
    try {
      return await this.#tell(connection, author, removed);
    } catch (cause) {
      // It is gone, whatever becomes of the rest: nobody is told that this has failed.
      this.#log.warn({ msg: `A worker is to tell the third party of connection ${id}.`, tenant: tenantId, cause });
      return 'pending';
    }
  }

  async #tell(
    { tenantId, id, appId }: Connection,
    { actor }: ChangeAuthor,
    { credentials }: Removed,
  ): Promise<RevocationState> {
    const app = await this.catalog.findHeld(tenantId, appId);
    const told = app && credentials && (await this.revocations.revoke(tenantId, app, id, credentials));
    const attempt = credentials ? (told ?? UNSUPPORTED) : UNREADABLE;
    return this.due.settle({ tenantId, connectionId: id, attempts: 0 }, actor, attempt);
  }
}
