import { Injectable } from '@nestjs/common';
import type { Actor } from '#libs/audit';
import type { Secret } from '#libs/crypto';
import type { TenantId, Transaction } from '#libs/database';
import { Vault, type HeldSecret } from '#libs/vault';
import { CREDENTIALS } from './connection-secrets.js';
import type { Connection } from './connection.entity.js';
import type { Credentials } from './credentials.js';
import { DueRevocations } from './due-revocations.store.js';
import type { RevocationPart } from './revocation-part.entity.js';

export type Victim = Pick<Connection, 'id' | 'userId' | 'appId' | 'status' | 'isDefault'>;

export interface Judged extends Pick<RevocationPart, 'outcome'> {
  connection: Victim;
  credentials: Secret<Credentials> | null;
}

/** The secrets of a batch: gone with its commit, but for what third parties are still to be told of. */
@Injectable()
export class MassSecrets {
  constructor(
    private readonly vault: Vault,
    private readonly due: DueRevocations,
  ) {}

  async take(
    tx: Transaction,
    tenantId: TenantId,
    victims: readonly Victim[],
  ): Promise<Map<string, HeldSecret<Credentials>>> {
    const ids = victims.map(({ id }) => id);
    const held = await this.vault.many.get<Credentials>(tenantId, CREDENTIALS, ids, tx);
    await tx.query(`DELETE FROM orphaned_answers WHERE tenant_id = $1 AND connection_id = ANY ($2)`, [tenantId, ids]);
    for (const kind of ['connection', 'orphaned-token'] as const) await this.vault.many.forget(tenantId, kind, ids, tx);
    return held;
  }

  async setAside(tx: Transaction, tenantId: TenantId, judged: readonly Judged[], actor: Actor): Promise<void> {
    const told = judged.flatMap(({ connection, credentials, outcome }) =>
      outcome === 'pending' && credentials ? [{ connection, credentials }] : [],
    );
    if (told.length > 0) await this.due.beginEach(tx, tenantId, told, actor);
  }
}
