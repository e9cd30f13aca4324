import { afterAll, beforeAll, expect, it } from 'vitest';
import { LimitsModule, RateLimits, Tally } from '#libs/limits';
import { Clients } from '#libs/tenants';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { OauthLimits } from './oauth-limits.js';

const CLIENT_LIMIT = 3000;

let database: TestDatabase;
let app: TestApp;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [LimitsModule] });
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

async function addClient(isPublic: boolean) {
  const { id } = await createTenant(app);
  const values = { name: 'Client', grants: [], scopes: [], redirectUris: [], isPublic };
  return app.get(Clients).add(id, values, () => Promise.resolve());
}

const from = (address: string) => new OauthLimits(new Tally(app.get(RateLimits)), address);

it('a client that proves itself has one share, wherever it asks from', async () => {
  const made = await addClient(false);
  for (let n = 0; n < CLIENT_LIMIT; n += 1) from('192.0.2.1').authenticated(made);
  expect(() => from('192.0.2.2').authenticated(made)).toThrow(expect.objectContaining({ code: 'throttled' }));
});

it('of a client that anybody can name each address has a share: nobody spends that of the others', async () => {
  const made = await addClient(true);
  for (let n = 0; n < CLIENT_LIMIT; n += 1) from('192.0.2.1').authenticated(made);
  expect(() => from('192.0.2.1').authenticated(made)).toThrow(expect.objectContaining({ code: 'throttled' }));
  expect(() => from('192.0.2.2').authenticated(made)).not.toThrow();
});
