import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import { Database, type TenantId, type Transaction } from '#libs/database';
import type { HeldSecret } from '#libs/vault';
import { admin, ConnectionTransitions } from './connection-transitions.js';
import type { Credentials } from './credentials.js';
import { lockDefaultsOf, promoteOldestOfEach } from './default-connection.js';
import { MassSecrets, type Judged, type Victim } from './mass-secrets.js';
import type { RevocationJob } from './revocation-job.entity.js';
import { filterOf, MATCHING, OWNED, RevocationJobs } from './revocation-jobs.store.js';

/** Few enough that nobody waits long for a row of them, and that one batch stays far from the time that a statement may take. */
const BATCH = 500;

type Apps = ReadonlyMap<string, TenantAppView | null>;

/** Takes connections away from their users by the batch. A batch is one transaction: whoever dies in it has done nothing. */
@Injectable()
export class MassDisconnection {
  constructor(
    private readonly jobs: RevocationJobs,
    private readonly transitions: ConnectionTransitions,
    private readonly secrets: MassSecrets,
    private readonly catalog: TenantCatalog,
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  /** What third parties are told by: read before a batch begins, so that no batch waits for a second connection to the database. */
  async apps(tenantId: TenantId): Promise<Apps> {
    const ids = await this.jobs.appIds(tenantId);
    return new Map(await Promise.all(ids.map(async (id) => [id, await this.catalog.findHeld(tenantId, id)] as const)));
  }

  /**
   * @returns false when there is nothing left to do, or when it is another worker's
   * @throws Error when an app has come since `apps` was read
   */
  async step(tenantId: TenantId, jobId: string, apps: Apps): Promise<boolean> {
    return this.database.of(tenantId).transaction(async (tx) => {
      const job = await this.jobs.lock(tx, tenantId, jobId);
      if (!job) return false;
      const next = await this.#next(tx, job);
      // What was committed late, with an id that was passed already, is found by the second pass.
      if (next.length === 0 && job.after === null) {
        await this.jobs.finish(tx, job);
        return false;
      }
      const victims = await this.#lock(tx, tenantId, next);
      if (victims.length > 0) await this.#disconnect(tx, job, victims, apps);
      await this.jobs.advance(tx, job, next.at(-1)?.id ?? null, victims.length);
      return true;
    });
  }

  #next(tx: Transaction, job: RevocationJob): Promise<Pick<Victim, 'id' | 'userId'>[]> {
    return tx.query<Pick<Victim, 'id' | 'userId'>>(
      `SELECT c.id, c.user_id AS "userId" FROM ${OWNED} WHERE ${MATCHING} AND c.id < $6 AND ($7::uuid IS NULL OR c.id > $7)
        ORDER BY c.id LIMIT $8`,
      [...filterOf(job.tenantId, job), job.id, job.after, BATCH],
    );
  }

  /** In the order in which everybody takes these locks. */
  async #lock(tx: Transaction, tenantId: TenantId, next: readonly Pick<Victim, 'id' | 'userId'>[]): Promise<Victim[]> {
    await lockDefaultsOf(tx, tenantId, [...new Set(next.map(({ userId }) => userId))]);
    return tx.query<Victim>(
      `SELECT id, user_id AS "userId", app_id AS "appId", status, is_default AS "isDefault" FROM connections
        WHERE tenant_id = $1 AND id = ANY ($2) AND status <> 'deleted' ORDER BY id FOR UPDATE`,
      [tenantId, next.map(({ id }) => id)],
    );
  }

  async #disconnect(tx: Transaction, job: RevocationJob, victims: readonly Victim[], apps: Apps): Promise<void> {
    const { tenantId, id: jobId } = job;
    const actor = actorOf(job);
    if (victims.some(({ appId }) => !apps.has(appId))) throw new Error('An app has come meanwhile.');
    const held = await this.secrets.take(tx, tenantId, victims);
    const judged = victims.map((connection) => judge(connection, held.get(connection.id), apps.get(connection.appId)));
    await this.transitions.disconnectEach(tx, tenantId, victims, admin(actor), { job: jobId });
    await promoteOldestOfEach(
      tx,
      tenantId,
      victims.filter(({ isDefault }) => isDefault),
    );
    await this.secrets.setAside(tx, tenantId, judged, actor);
    const parts = judged.map(({ connection, outcome }) => ({
      connectionId: connection.id,
      appId: connection.appId,
      outcome,
    }));
    await this.jobs.addParts(tx, job, parts);
    const ended = judged.filter(({ outcome }) => outcome !== 'pending');
    const entries = ended.map(({ connection, outcome }) => ({
      subject: connection.id,
      details: { revocation: outcome },
    }));
    await this.audit.recordEach(tx, tenantId, { actor, action: 'connection.revoked' }, entries);
  }
}

/** Whether there is anything to tell the third party, and with what. */
function judge(
  connection: Victim,
  held: HeldSecret<Credentials> | undefined,
  app: TenantAppView | null = null,
): Judged {
  if (!held) return { connection, credentials: null, outcome: 'unsupported' };
  // It can't be opened, so nobody can be told.
  if (held instanceof Error) return { connection, credentials: null, outcome: 'failed' };
  const { kind } = held.value.reveal();
  const security = app?.definition.security;
  const canTell =
    kind === 'upstream' || (kind === 'oauth2' && security?.kind === 'oauth2' && security.revocationUrl !== undefined);
  return { connection, credentials: held.value, outcome: canTell ? 'pending' : 'unsupported' };
}

function actorOf({ actor: name, address, requestId }: RevocationJob): Actor {
  return { name, address, ...(requestId !== null && { requestId }) };
}
