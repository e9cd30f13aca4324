import type { FastifyRequest } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problem } from '#libs/errors';
import { LimitsModule, RateLimits, Tally } from '#libs/limits';
import { Clients } from '#libs/tenants';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { OauthLimits } from './oauth-limits.js';

const CLIENT_LIMIT = 3000;
const REVOCATION_LIMIT = 300;
const GUESS_LIMIT = 60;

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

it('a client that revokes far too much is stopped at that, and goes on with everything else', async () => {
  const made = await addClient(false);
  for (let n = 0; n < REVOCATION_LIMIT; n += 1) from('192.0.2.3').revoking(made);
  expect(() => from('192.0.2.4').revoking(made)).toThrow(expect.objectContaining({ code: 'throttled' }));
  expect(() => from('192.0.2.4').authenticated(made)).not.toThrow();
});

function guess(name: string): void {
  const limits = from('192.0.2.5');
  const authorization = `Basic ${Buffer.from(`${name}:wrong`).toString('base64')}`;
  limits.read({ headers: { authorization }, body: {} } as FastifyRequest);
  limits.failed(problem('invalid_client', 'The client_id or client_secret is not right.'));
}

it('guesses at one client are counted together, however its id is spelled', async () => {
  const { clientId } = (await addClient(false)).client;
  const escaped = (at: number) =>
    clientId.replace(clientId.charAt(at), (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  for (let n = 0; n < GUESS_LIMIT; n += 1) guess(n % 2 ? clientId : escaped(n % 5));
  for (const name of [clientId, escaped(0)])
    expect(() => guess(name)).toThrow(expect.objectContaining({ code: 'throttled' }));
});
