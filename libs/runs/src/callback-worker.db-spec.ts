import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Secret } from '#libs/crypto';
import { newId } from '#libs/database';
import { KeyRotation, SigningKeysModule } from '#libs/signing-keys';
import { PLATFORM } from '#libs/tenants';
import { json, startThirdPartyScene, type ThirdPartyScene } from '#libs/testing';
import { Vault } from '#libs/vault';
import { CallbackWorker, RunsModule } from './index.js';
import { runSecret } from './run-rows.js';

let scene: ThirdPartyScene;

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule, SigningKeysModule]);
});
afterAll(() => scene?.close());

async function endedRun(): Promise<string> {
  const { app, server } = scene;
  const { tenantId, userId, appId } = await scene.newOwner();
  const id = newId();
  await app.database.query(
    `INSERT INTO runs (tenant_id, id, user_id, app_id, app_version, action_key, state, finished_at, expires_at)
     VALUES ($1, $2, $3, $4, 1, 'READ.act', 'succeeded', $5, $6)`,
    [tenantId, id, userId, appId, app.clock.now(), app.clock.in(86_400)],
  );
  const vault = app.get(Vault);
  await vault.put(tenantId, runSecret(id, 'callback_url'), new Secret(`${server.origin}/done`));
  await vault.put(tenantId, runSecret(id, 'outcome'), new Secret({ results: [] }));
  await app.database.query(`INSERT INTO run_callbacks (tenant_id, id, due_at) VALUES ($1, $2, $3)`, [
    tenantId,
    id,
    app.clock.now(),
  ]);
  return id;
}

const callbacks = () => scene.app.database.query(`SELECT id, attempts, version FROM run_callbacks`);

it('a callback waits, unspent, for the key to the key that signs it', async () => {
  const { app, server } = scene;
  server.answerWith(json(204, ''));
  await app
    .get(KeyRotation)
    .rotate(PLATFORM, { alg: 'RS256', activateAfterSeconds: 0 }, { name: 'test', address: null });
  // A data key that no memory has, under a key that no ring has.
  const ofPlatform = 'WHERE tenant_id = $1';
  await app.database.query(
    `UPDATE data_keys SET key_id = 'lost-' || key_id, wrapped = wrapped || '\\x00'::bytea ${ofPlatform}`,
    [PLATFORM],
  );
  const id = await endedRun();
  for (let look = 1; look <= 5; look += 1) {
    app.get(CallbackWorker).wake();
    await vi.waitFor(async () => expect(await callbacks()).toEqual([{ id, attempts: 0, version: look }]), {
      timeout: 20_000,
    });
    app.clock.advance(60);
  }
  expect(server.requests).toEqual([]);

  await app.database.query(
    `UPDATE data_keys SET key_id = substring(key_id FROM 6), wrapped = substring(wrapped FOR length(wrapped) - 1) ${ofPlatform}`,
    [PLATFORM],
  );
  await vi.waitFor(
    async () => {
      app.get(CallbackWorker).wake();
      expect(await callbacks()).toEqual([]);
    },
    { timeout: 20_000 },
  );
  expect(server.requests[0]?.url).toBe('/done');
});
