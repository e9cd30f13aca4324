import { Injectable } from '@nestjs/common';
import { Database, asTenantId, newId } from '#libs/database';
import type { Secret } from '#libs/crypto';
import { Clock, FairClaims, secondsAfter, type ClaimedRow } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import type { RunOutcome } from './run-outcome.js';
import { runColumns, runSecret } from './run-rows.js';
import type { Run } from './run.entity.js';

/** Longer than one attempt may take: 10 s and what is around it. */
const LEASE_SECONDS = 15;
/** Of one tenant, in the hands of one worker: a receiver that hangs keeps nobody else's callbacks waiting. */
const PER_TENANT = 4;
/** Whatever keeps a callback from being told. */
const KEPT_SECONDS = 86_400;

export interface DueCallback {
  run: Run;
  url: Secret<string>;
  outcome: RunOutcome;
  /** Made before this one. */
  attempts: number;
}

/** Callbacks that are still to be made. A write names the claim's version: none is made by who lost its lease. */
@Injectable()
export class RunCallbacks {
  readonly #claims: FairClaims;

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {
    this.#claims = new FairClaims(database.overTenants, {
      table: 'run_callbacks',
      owner: newId(),
      perTenant: PER_TENANT,
    });
  }

  claim(limit: number): Promise<ClaimedRow[]> {
    const now = this.clock.now();
    return this.#claims.claim(now, secondsAfter(now, LEASE_SECONDS), limit);
  }

  /** To be called once for each claimed row, when it is done with. */
  handled({ tenantId }: ClaimedRow): void {
    this.#claims.done(tenantId);
  }

  /** @returns null when there is nothing to be told any more */
  async find({ tenantId: tenant, id, version }: ClaimedRow): Promise<DueCallback | null> {
    const tenantId = asTenantId(tenant);
    const [row] = await this.database
      .of(tenantId)
      .query<{ attempts: number }>(
        `SELECT attempts FROM run_callbacks WHERE tenant_id = $1 AND id = $2 AND version = $3`,
        [tenantId, id, version],
      );
    const [run] = await this.database
      .of(tenantId)
      .query<Run>(`SELECT ${runColumns} FROM runs WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    const url = await this.vault.get<string>(tenantId, runSecret(id, 'callback_url'));
    const outcome = await this.vault.get<RunOutcome>(tenantId, runSecret(id, 'outcome'));
    if (!row || !run?.finishedAt || !url || !outcome) return null;
    if (secondsAfter(run.finishedAt, KEPT_SECONDS) < this.clock.now()) return null;
    return { run, url: url.value, outcome: outcome.value.reveal(), attempts: row.attempts };
  }

  async retry({ tenantId, id, version }: ClaimedRow, seconds: number): Promise<void> {
    await this.database.of(tenantId).query(
      `UPDATE run_callbacks SET attempts = attempts + 1, due_at = $4, lease_until = NULL, lease_owner = NULL, version = version + 1
        WHERE tenant_id = $1 AND id = $2 AND version = $3`,
      [tenantId, id, version, secondsAfter(this.clock.now(), seconds)],
    );
  }

  async done({ tenantId, id, version }: ClaimedRow): Promise<void> {
    await this.database
      .of(tenantId)
      .query(`DELETE FROM run_callbacks WHERE tenant_id = $1 AND id = $2 AND version = $3`, [tenantId, id, version]);
  }
}
