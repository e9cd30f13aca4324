import { Injectable } from '@nestjs/common';
import { VISIBLE } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { Database, isUuid, newId, Wakeups, type TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { IdempotencyKeys, KEY_SECONDS, keyInsertion, type IdempotentRequest } from '#libs/idempotency';
import { Clock, secondsAfter } from '#libs/scheduling';
import { secretInsertion, Vault } from '#libs/vault';
import type { Reservation } from './claimed-run.js';
import { jobColumns, toClaimedRun, withRuns, type JobRow } from './job-rows.js';
import { runSecret } from './run-rows.js';
import { RunWorker } from './run-worker.js';

/** Overall limit of a run, from its creation (protocol.md C34). */
const DEADLINE_SECONDS = 180;
/** Of one through an upstream: it may stand in line for a long time before the upstream's limits let it through. */
const UPSTREAM_DEADLINE_SECONDS = 3600;
const LOCAL = 'local';

export interface NewRun {
  userId: string;
  appId: string;
  appVersion: number;
  actionKey: string;
  /** The name of the upstream that carries it out; none for an app of our own. */
  upstream?: string | null;
  /** Any text: one that is not a uuid is nobody's. Null for an app that needs no account. */
  connectionId: string | null;
  inputs: Secret<Record<string, unknown>>;
  /** Told when the run has ended. */
  callback?: { url: Secret<string>; clientId: string } | null;
}

export type CreatedRun =
  | { kind: 'created'; id: string }
  /** By an earlier request with the same key. */
  | { kind: 'repeated'; id: string }
  /** The key was used for another request. */
  | { kind: 'key_reused' }
  | { kind: 'no_connection' }
  /** The connection is one of another app. */
  | { kind: 'other_app' };

interface Row extends JobRow {
  connectionAppId: string | null;
  created: boolean;
}

interface NewJob {
  now: Date;
  deadline: Date;
  /** Null: it is due, for whichever worker comes first. */
  place: Reservation | null;
}

/**
 * Takes a run on: it is there, with its job, its secrets and its idempotency key, or nothing of it is. Where this process has a free hand it is
 * the one that executes it, under a lease from the beginning.
 */
@Injectable()
export class RunCreation {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly keys: IdempotencyKeys,
    private readonly worker: RunWorker,
    private readonly wakeups: Wakeups,
    private readonly clock: Clock,
  ) {}

  /** One round trip, except for a key that was used before. */
  async create(tenantId: TenantId, run: NewRun, request: IdempotentRequest | null = null): Promise<CreatedRun> {
    const { connectionId } = run;
    if (connectionId !== null && !isUuid(connectionId)) return { kind: 'no_connection' };
    const row = await this.#store(tenantId, run, request);
    if (row.created) return { kind: 'created', id: row.id };
    if (connectionId !== null && row.connectionAppId === null) return { kind: 'no_connection' };
    if (connectionId !== null && row.connectionAppId !== run.appId) return { kind: 'other_app' };
    if (!request) throw problem('not_found', 'The tenant was deleted. Nothing can be stored for it any more.');
    const earlier = await this.keys.earlier(tenantId, request);
    if (earlier === null)
      throw problem('unavailable', 'The key was just given up. Try again.', { retryAfterSeconds: 1 });
    return earlier.kind === 'made' ? { kind: 'repeated', id: earlier.id } : { kind: 'key_reused' };
  }

  async #store(tenantId: TenantId, run: NewRun, request: IdempotentRequest | null): Promise<Row> {
    const now = this.clock.now();
    const deadline = secondsAfter(now, run.upstream ? UPSTREAM_DEADLINE_SECONDS : DEADLINE_SECONDS);
    const owned = { tenantId, appId: run.appId };
    const place = this.worker.reserve(owned, deadline);
    let isBegun = false;
    try {
      const row = await this.#insert(tenantId, { now, deadline, place }, run, request);
      if (row.created && place) {
        this.worker.begin({ ...toClaimedRun(row, place.leaseEnd), inputs: run.inputs });
        isBegun = true;
      } else if (row.created) this.wakeups.send('run_jobs');
      return row;
    } finally {
      if (place && !isBegun) this.worker.giveBack(owned);
    }
  }

  async #insert(
    tenantId: TenantId,
    { now, deadline, place }: NewJob,
    run: NewRun,
    request: IdempotentRequest | null,
  ): Promise<Row> {
    const id = newId();
    const parameters: unknown[] = [
      tenantId,
      run.userId,
      run.connectionId,
      run.appId,
      id,
      run.actionKey,
      now,
      deadline,
      run.callback?.clientId ?? null,
      run.appVersion,
      run.upstream ?? LOCAL,
      place?.leaseEnd ?? null,
      place?.owner ?? null,
    ];
    const key = request && {
      values: '$1::uuid, $2::uuid, $14::bytea, $15::bytea, $5::uuid, $16::timestamptz',
      from: 'key',
    };
    if (request) parameters.push(request.keyDigest, request.fingerprint, secondsAfter(now, KEY_SECONDS));
    const inputs = secretInsertion(
      await this.vault.sealNew(tenantId, runSecret(id, 'inputs'), run.inputs),
      'run',
      parameters,
    );
    const url = run.callback
      ? secretInsertion(
          await this.vault.sealNew(tenantId, runSecret(id, 'callback_url'), run.callback.url),
          'run',
          parameters,
        )
      : null;
    const isAllowed = `($3::uuid IS NULL OR EXISTS (SELECT 1 FROM connection WHERE app_id = $4))`;
    const [row] = await this.database.of(tenantId).query<Row>(
      `WITH connection AS (SELECT c.app_id FROM connections c WHERE ${VISIBLE} AND c.id = $3),
       ${key ? `key AS (${keyInsertion(`SELECT ${key.values} WHERE ${isAllowed}`, '$7')}),` : ''}
       run AS (
         INSERT INTO runs (tenant_id, id, user_id, app_id, app_version, action_key, source, connection_id, state, callback_client_id, created_at, expires_at)
         SELECT $1::uuid, $5::uuid, $2::uuid, $4::uuid, $10::integer, $6, $11, $3::uuid, 'queued', $9, $7::timestamptz,
                $7::timestamptz + make_interval(hours => 24 * run_retention_days)
           FROM tenants WHERE id = $1 AND ${key ? 'EXISTS (SELECT 1 FROM key)' : isAllowed} RETURNING *),
       job AS (
         INSERT INTO run_jobs (tenant_id, id, app_id, org_hash, phase, deadline, due_at, lease_until, lease_owner, version)
         SELECT $1, run.id, $4, hashtext(org), 'execute', $8::timestamptz, COALESCE($12::timestamptz, $7), $12::timestamptz, $13,
                CASE WHEN $12::timestamptz IS NULL THEN 0 ELSE 1 END
           FROM run JOIN users ON users.tenant_id = $1 AND users.id = $2
         RETURNING ${jobColumns}),
       inputs AS (${inputs})
       ${url ? `, callback_url AS (${url})` : ''}
       SELECT (SELECT app_id FROM connection) AS "connectionAppId", made.id IS NOT NULL AS created, made.*
         FROM (SELECT 1) once LEFT JOIN (${withRuns('job', 'run')}) made ON true`,
      parameters,
    );
    if (!row) throw new Error('A SELECT without FROM gave no row.');
    return row;
  }
}
