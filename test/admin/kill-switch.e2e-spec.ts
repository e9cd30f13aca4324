import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ServiceProcess } from '#libs/testing';
import { Gatehouse } from '../main-job/gatehouse.js';
import { KillSwitchScene } from './kill-switch-scene.js';

/** `REVOCATION_CONNECTIONS=100000` is the measured form. */
const CONNECTIONS = Number(process.env.REVOCATION_CONNECTIONS ?? 4000);
const KILLS = process.env.REVOCATION_CONNECTIONS ? 0 : 3;
const POLL_MILLISECONDS = 100;

interface Revocation {
  id: string;
  state: string;
  total: number;
  disconnected: number;
  revocations: Record<'pending' | 'revoked' | 'failed' | 'unsupported', number>;
}

let scene: KillSwitchScene;
let service: ServiceProcess | undefined;

beforeAll(async () => {
  scene = await KillSwitchScene.start(CONNECTIONS);
}, 600_000);
afterAll(async () => {
  await service?.stop();
  await scene?.close();
});

async function start(): Promise<Gatehouse> {
  service = await scene.service();
  return new Gatehouse(service.url, service.adminToken);
}

async function until(
  gatehouse: Gatehouse,
  path: string,
  isSo: (revocation: Revocation) => boolean,
): Promise<Revocation> {
  for (;;) {
    const revocation = (await gatehouse.admin('GET', path)).json as Revocation;
    if (isSo(revocation)) return revocation;
    await delay(POLL_MILLISECONDS);
  }
}

it('a revocation of all that a tenant has is carried out whole, though the service is killed again and again', async () => {
  let gatehouse = await start();
  const path = `/admin/tenants/${scene.slug}/revocations`;
  const startedAt = Date.now();
  const { id } = (await gatehouse.admin('POST', path, { dry_run: false })).json as Revocation;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const seen = await until(gatehouse, `${path}/${id}`, ({ disconnected, revocations: { pending, revoked } }) =>
      kill < KILLS ? disconnected >= (CONNECTIONS * kill) / (KILLS + 1) : pending > 0 && revoked > CONNECTIONS / 2,
    );
    expect(seen.state).not.toBe('finished');
    await service?.kill();
    // As a minute later: what was on its way is due again.
    await scene.app.database.query(`UPDATE due_revocations SET due_at = now()`);
    gatehouse = await start();
  }
  const disconnected = await until(gatehouse, `${path}/${id}`, ({ state }) => state !== 'disconnecting');
  const disconnectedAt = Date.now();
  const done = await until(gatehouse, `${path}/${id}`, ({ state }) => state === 'finished');
  if (KILLS === 0)
    console.log({ disconnectedMs: disconnectedAt - startedAt, toldMs: Date.now() - startedAt, CONNECTIONS });
  expect(disconnected).toMatchObject({ total: CONNECTIONS, disconnected: CONNECTIONS });
  expect(done.revocations).toEqual({ pending: 0, revoked: CONNECTIONS, failed: 0, unsupported: 0 });
  expect(await scene.count(`connections WHERE status <> 'deleted'`)).toBe(0);
  expect(await scene.count(`vault_secrets WHERE kind = 'connection'`)).toBe(0);
  expect(await scene.count('due_revocations')).toBe(0);
  // Each told at least once: twice where the answer was lost with a process. On record and as an event once.
  expect(new Set(scene.revokedTokens()).size).toBe(CONNECTIONS);
  for (const action of ['connection.deleted', 'connection.revoked']) {
    expect(await scene.count(`audit_entries WHERE action = '${action}'`)).toBe(CONNECTIONS);
    expect(await scene.count(`(SELECT DISTINCT subject FROM audit_entries WHERE action = '${action}') one`)).toBe(
      CONNECTIONS,
    );
  }
  expect(await scene.count(`events WHERE type = 'connection.deleted'`)).toBe(CONNECTIONS);
  expect(await scene.count(`audit_entries WHERE action = 'revocation.finished'`)).toBe(1);
}, 1_800_000);
