import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { AdminKeysModule, AdminKeyStore, ConsoleSessions } from './index.js';

const ACTOR = { name: 'admin-token', address: null };

let database: TestDatabase;
let app: TestApp;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [AdminKeysModule] });
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

it('sessions that are over are deleted, of all tenants, and no other', async () => {
  const sessions = app.get(ConsoleSessions);
  const { id: tenantId } = await createTenant(app);
  const { id } = await app.get(AdminKeyStore).create(tenantId, { name: 'own', readOnly: true, expiresAt: null }, ACTOR);
  const key = await app.get(AdminKeyStore).find(tenantId, id);
  for (const holder of [{ key }, { key: null }, { key: null }]) await sessions.begin(holder, ACTOR);
  app.clock.advance(3600);
  const { token } = await sessions.begin({ key }, ACTOR);
  app.clock.advance(3600);
  expect([await sessions.deleteExpired(2), await sessions.deleteExpired(2)]).toEqual([2, 1]);
  expect(await sessions.deleteExpired(2)).toBe(0);
  expect(await sessions.find(token.reveal())).not.toBeNull();
});
