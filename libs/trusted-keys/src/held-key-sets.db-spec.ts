import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId } from '#libs/database';
import {
  createTestDatabase,
  type HttpServer,
  json,
  newTenant,
  startHttpServer,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Tenants } from '#libs/tenants';
import { TrustedKeys, TrustedKeysModule } from './index.js';

const key = (kid: string) => ({ ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid });
const down = json(503, {});

let database: TestDatabase;
let server: HttpServer;
let app: TestApp;
let keys: TrustedKeys;
let tenantId: TenantId;
let published: ReturnType<typeof key>[];

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startHttpServer();
  app = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule] });
  keys = app.get(TrustedKeys);
});
beforeEach(async () => {
  published = [key('k1'), key('k2')];
  const source = { jwksUri: `${server.origin}/jwks`, jwks: { keys: [key('own')] } };
  const { tenant } = await app.get(Tenants).create(newTenant(), ({ id }, tx) => keys.register(id, source, tx));
  tenantId = tenant.id;
  server.answerWith((request, response) => json(200, { keys: published })(request, response));
});
afterAll(async () => {
  await app?.close();
  await server?.close();
  await database?.drop();
});

const find = (...kids: string[]) => Promise.all(kids.map((kid) => keys.find(tenantId, kid)));

describe('a key that is stored as it was is not imported again', () => {
  it.each<[string, () => unknown]>([
    ['when the set is forgotten', () => keys.forget(tenantId)],
    ['by a fetch that brings the same set', () => keys.refresh(tenantId)],
    ['by a fetch that fails', () => (server.answerWith(down), keys.refresh(tenantId))],
    [
      'when another process has changed the row',
      async () => {
        await app.database.query(`UPDATE trusted_key_sets SET version = version + 1 WHERE tenant_id = $1`, [tenantId]);
        app.clock.advance(1);
      },
    ],
  ])('%s', async (_, change) => {
    const before = await find('own', 'k1', 'k2');
    expect(before.map((held) => held?.kid)).toEqual(['own', 'k1', 'k2']);
    await change();
    const after = await find('own', 'k1', 'k2');
    expect(after.map((held, index) => held === before[index])).toEqual([true, true, true]);
  });

  it('though its neighbours come, go and change under their kid', async () => {
    const [k1, k2] = await find('k1', 'k2');
    published = [key('k1'), ...published.slice(1), key('k3')];
    await keys.refresh(tenantId);
    const [newK1, sameK2] = await find('k1', 'k2', 'k3');
    expect(newK1?.jwk).toEqual(published[0]);
    expect(newK1).not.toBe(k1);
    expect(sameK2).toBe(k2);
  });
});

describe('a set that is forgotten', () => {
  it('is read again before the next answer, whatever its version says', async () => {
    await find('own', 'k1');
    const other = key('own');
    await app.database.query(
      `UPDATE trusted_key_sets SET uploaded_keys = $2, fetched_keys = '[]' WHERE tenant_id = $1`,
      [tenantId, JSON.stringify([other])],
    );
    expect((await find('k1'))[0]?.kid).toBe('k1');
    keys.forget(tenantId);
    const [own, k1] = await find('own', 'k1');
    expect(own?.jwk).toEqual(other);
    expect(k1).toBeNull();
  });
});
