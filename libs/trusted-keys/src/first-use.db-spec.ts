import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, json, newTenant, startHttpServer, startTestApp } from '#libs/testing';
import type { HttpServer, TestApp, TestDatabase } from '#libs/testing';
import { Tenants } from '#libs/tenants';
import { TrustedKeys, TrustedKeysModule } from './index.js';

let database: TestDatabase;
let server: HttpServer;
let app: TestApp;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startHttpServer();
  app = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule] });
});
afterAll(async () => {
  await app.close();
  await server.close();
  await database.drop();
});

it('50 concurrent first uses of a JWKS cost one fetch, and each finds its key', async () => {
  const source = { jwksUri: `${server.origin}/jwks` };
  const { tenant } = await app
    .get(Tenants)
    .create(newTenant(), ({ id }, tx) => app.get(TrustedKeys).register(id, source, tx));
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  server.answerWith(json(200, { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1' }] }));
  const found = await Promise.all(Array.from({ length: 50 }, () => app.get(TrustedKeys).find(tenant.id, 'k1')));
  expect(found.map((key) => key?.kid)).toEqual(Array.from({ length: 50 }, () => 'k1'));
  expect(server.requests).toHaveLength(1);
});
