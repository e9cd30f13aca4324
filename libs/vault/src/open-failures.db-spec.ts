import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Audit } from '#libs/audit';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Vault, VaultMemory, VaultModule, type SecretPlace } from './index.js';

const place: SecretPlace = { kind: 'connection', rowId: 'row-1', field: 'credentials' };

let database: TestDatabase;
let app: TestApp;
let tenantId: TenantId;

beforeEach(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [VaultModule] });
  tenantId = (await createTenant(app)).id;
  await app.get(Vault).put(tenantId, place, new Secret('planted-canary'));
  await app.database.query(`UPDATE vault_secrets SET version = 2 WHERE tenant_id = $1`, [tenantId]);
});
afterEach(async () => {
  await app?.close();
  await database?.drop();
});

async function fail(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1)
    await expect(app.get(Vault).get(tenantId, place)).rejects.toThrow('authenticate');
}
const entries = () => app.get(Audit).list(tenantId, { action: 'vault.open_failed', limit: 100 });
const flush = () => app.get(VaultMemory).flush();

describe('a stored secret that does not open', () => {
  it('is on record, with what it was and how often, and nothing of what it holds', async () => {
    await fail(3);
    await flush();
    const [entry, ...others] = await entries();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      actor: 'vault',
      subject: 'connection/row-1/credentials',
      details: { failures: 3, reason: 'AlteredSecretError' },
    });
    expect(JSON.stringify(entry)).not.toContain('planted-canary');
  });

  it('is recorded once a minute, and none is left out', async () => {
    await fail(1);
    await flush();
    await fail(4);
    await flush();
    app.clock.advance(59);
    await flush();
    expect(await entries()).toHaveLength(1);
    app.clock.advance(1);
    await flush();
    await flush();
    expect((await entries()).map(({ details }) => details.failures)).toEqual([4, 1]);
  });

  it('is recorded although the transaction that met it is rolled back', async () => {
    const work = app.database.transaction((tx) => app.get(Vault).get(tenantId, place, tx));
    await expect(work).rejects.toThrow('authenticate');
    await flush();
    expect(await entries()).toHaveLength(1);
  });
});

it('a secret that is not there is no failure', async () => {
  expect(await app.get(Vault).get(tenantId, { ...place, rowId: 'row-2' })).toBeNull();
  await flush();
  expect(await entries()).toEqual([]);
});
