import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConnectionOwner, startThirdPartyScene, type TestApp, type ThirdPartyScene } from '#libs/testing';
import { claimDue, type DueTable } from './index.js';

let scene: ThirdPartyScene;
let app: TestApp;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  app = scene.app;
});
beforeEach(async () => {
  await app.database.query(`DELETE FROM runs`);
  await app.database.query(`DELETE FROM connections`);
  await app.database.query(`DELETE FROM webhook_deliveries`);
  await app.database.query(`DELETE FROM upstreams`);
  owner = await scene.newOwner();
});
afterAll(() => scene?.close());

const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id).toSorted();

const insertRun = (id: string) =>
  app.database.query(
    `INSERT INTO runs (tenant_id, id, user_id, app_id, app_version, action_key, state, expires_at)
     VALUES ($1, $2, $3, $4, 1, 'act', 'queued', $5)`,
    [owner.tenantId, id, owner.userId, owner.appId, app.clock.in(86_400)],
  );

const insert: Record<DueTable, (id: string, dueAt: Date) => Promise<unknown>> = {
  connections: (id, dueAt) =>
    app.database.query(
      `INSERT INTO connections (tenant_id, id, user_id, app_id, title, status, status_since, last_refreshed_at, due_at)
       VALUES ($1, $2, $3, $4, '', 'connected', $5, $5, $5)`,
      [owner.tenantId, id, owner.userId, owner.appId, dueAt],
    ),
  run_callbacks: async (id, dueAt) => {
    await insertRun(id);
    await app.database.query(`INSERT INTO run_callbacks (tenant_id, id, due_at) VALUES ($1, $2, $3)`, [
      owner.tenantId,
      id,
      dueAt,
    ]);
  },
  run_jobs: async (id, dueAt) => {
    await insertRun(id);
    await app.database.query(
      `INSERT INTO run_jobs (tenant_id, id, app_id, phase, deadline, due_at) VALUES ($1, $2, $4, 'execute', $3, $3)`,
      [owner.tenantId, id, dueAt, owner.appId],
    );
  },
  upstreams: (id, dueAt) =>
    app.database.query(
      `INSERT INTO upstreams (tenant_id, id, name, title, mode, api_url, token_url, connect_url, jwks_url, client_id, issuer, audience, scopes, due_at)
       VALUES ($1, $2::uuid, $2::uuid::text, '', 'app', '', '', '', '', '', '', '', '{}', $3)`,
      [owner.tenantId, id, dueAt],
    ),
  webhook_deliveries: (id, dueAt) =>
    app.database.query(
      `INSERT INTO webhook_deliveries (tenant_id, webhook_id, id, type, subject, sequence, payload, created_at, due_at)
       VALUES ($1, $2, $2, 'run.failed', $2, 1, '{}', $3, $3)`,
      [owner.tenantId, id, dueAt],
    ),
};

describe.each<DueTable>(['run_jobs', 'run_callbacks', 'webhook_deliveries', 'connections', 'upstreams'])(
  'claiming from %s',
  (table) => {
    /** @returns the ids, in order of their due times: one second apart, the last of them now */
    async function due(count: number): Promise<string[]> {
      const ids = Array.from({ length: count }, () => randomUUID());
      for (const [index, id] of ids.entries()) await insert[table](id, app.clock.in(index + 1 - count));
      return ids;
    }
    const claim = (limit: number, worker = 'worker', database = app.database) =>
      claimDue(database, table, { now: app.clock.now(), leaseEnd: app.clock.in(45), owner: worker, limit });

    it('takes what is due, at most the limit, the longest due first', async () => {
      const ids = await due(5);
      expect(idsOf(await claim(2))).toEqual(ids.slice(0, 2).toSorted());
      expect(idsOf(await claim(2))).toEqual(ids.slice(2, 4).toSorted());
      expect(idsOf(await claim(2))).toEqual(ids.slice(4));
      expect(await claim(2)).toEqual([]);
    });

    it('takes nothing before its time', async () => {
      const id = randomUUID();
      await insert[table](id, app.clock.in(1));
      expect(await claim(10)).toEqual([]);
      app.clock.advance(1);
      expect(idsOf(await claim(10))).toEqual([id]);
    });

    it('writes the lease and raises the fence by one', async () => {
      const [id = ''] = await due(1);
      expect(await claim(1)).toMatchObject([{ tenantId: owner.tenantId, id, version: 1 }]);
      const [row] = await app.database.query(`SELECT due_at, lease_until, lease_owner, version FROM ${table}`);
      const leaseEnd = app.clock.in(45);
      expect(row).toEqual({ due_at: leaseEnd, lease_until: leaseEnd, lease_owner: 'worker', version: 1 });
    });

    it('takes a row again when its lease has run out, under a new fence, and not a second before', async () => {
      const [id = ''] = await due(1);
      await claim(1);
      app.clock.advance(44);
      expect(await claim(1)).toEqual([]);
      app.clock.advance(1);
      expect(await claim(1, 'other')).toMatchObject([{ tenantId: owner.tenantId, id, version: 2 }]);
    });

    it('waits for no row that somebody else holds, and leaves it due', async () => {
      const [held = '', free = ''] = await due(2);
      await app.database.transaction(async (tx) => {
        await tx.query(`SELECT 1 FROM ${table} WHERE id = $1 FOR UPDATE`, [held]);
        expect(idsOf(await claim(2))).toEqual([free]);
      });
      expect(idsOf(await claim(2))).toEqual([held]);
    });

    it('gives no row to two of 12 claimers in two processes, and every row to one', async () => {
      await using other = await scene.startAnother();
      const ids = await due(150);
      const claimed: string[] = [];
      const claimAll = async (worker: number) => {
        for (;;) {
          const rows = await claim(7, `worker-${worker}`, (worker % 2 === 0 ? app : other).database);
          if (rows.length === 0) return;
          claimed.push(...rows.map(({ id }) => id));
        }
      };
      await Promise.all(Array.from({ length: 12 }, (_, worker) => claimAll(worker)));
      // One that found every due row locked by the others stopped early: what they left is still due.
      await claimAll(0);
      expect(claimed.toSorted()).toEqual(ids.toSorted());
      const versions = await app.database.query(`SELECT DISTINCT version FROM ${table}`);
      expect(versions).toEqual([{ version: 1 }]);
    });
  },
);
