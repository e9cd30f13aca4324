import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sha256 } from '#libs/crypto';
import { asTenantId, newId, type TenantId } from '#libs/database';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Clients, DisabledStates, type Client } from './index.js';

let database: TestDatabase;
let app: TestApp;
let clients: Clients;
let tenantId: TenantId;
let otherId: TenantId;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [] });
  clients = app.get(Clients);
});
beforeEach(async () => {
  tenantId = (await createTenant(app)).id;
  otherId = (await createTenant(app)).id;
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const nothingMore = () => Promise.resolve();
const failing = () => Promise.reject(new Error('not recorded'));
const values = { name: 'Server', grants: [], scopes: ['zap'], redirectUris: [], isPublic: false };
const add = () => clients.add(tenantId, values, nothingMore);
/** A client with a time of its own: those made in one millisecond are listed in no order that is told. */
const addLater = async () => {
  const before = await clients.list(tenantId);
  const last = Math.max(...before.map(({ createdAt }) => createdAt.getTime()));
  await vi.waitUntil(() => Date.now() > last, { interval: 1 });
  return add();
};
const stored = async ({ clientId }: Client) => {
  const client = await clients.find(tenantId, clientId);
  if (!client) throw new Error('The client is gone.');
  return client;
};
/** @param graceSeconds 0: the secret before is good no longer */
async function replaced({ clientId }: Client, graceSeconds = 0): Promise<string> {
  const until = graceSeconds === 0 ? null : app.clock.in(graceSeconds);
  const made = await clients.replaceSecret(tenantId, clientId, until, nothingMore);
  if (!made) throw new Error('The secret was not replaced.');
  return made.secret.reveal();
}

describe('a new client', () => {
  it('is not there when what is done with it fails', async () => {
    await expect(clients.add(tenantId, values, failing)).rejects.toThrow('not recorded');
    // The one that the tenant came with.
    expect(await clients.list(tenantId)).toHaveLength(1);
  });

  it('is listed after those before it, and for its tenant only', async () => {
    const one = await addLater();
    const two = await addLater();
    const ids = (await clients.list(tenantId)).map(({ clientId }) => clientId);
    expect(ids.slice(1)).toEqual([one.client.clientId, two.client.clientId]);
    expect((await clients.list(otherId)).map(({ clientId }) => clientId)).not.toContain(one.client.clientId);
  });
});

describe('changing a client', () => {
  it('changes what is given and nothing else', async () => {
    const { client } = await add();
    const changed = await clients.update(tenantId, client.clientId, { scopes: ['zap:write'] }, nothingMore);
    expect(changed).toEqual(await stored(client));
    expect(changed).toEqual(Object.assign(client, { scopes: ['zap:write'] }));
  });

  it('changes nothing when what is done with it fails', async () => {
    const { client } = await add();
    await expect(clients.update(tenantId, client.clientId, { name: 'Other' }, failing)).rejects.toThrow('not recorded');
    expect(await stored(client)).toMatchObject({ name: 'Server' });
  });

  it.each([
    ['another tenant', () => otherId, (id: string) => id],
    ['no tenant', () => asTenantId(newId()), (id: string) => id],
    ['an id that can not be stored', () => tenantId, (id: string) => `${id}\0`],
  ])('does not reach it under %s', async (_what, under, idOf) => {
    const { client } = await add();
    const id = idOf(client.clientId);
    expect(await clients.update(under(), id, { name: 'Other' }, nothingMore)).toBeNull();
    expect(await clients.find(under(), id)).toBeNull();
    expect(await stored(client)).toMatchObject({ name: 'Server' });
  });
});

describe('replacing a secret', () => {
  it('leaves nothing of the one before', async () => {
    const { client } = await add();
    const secret = await replaced(client);
    expect(await stored(client)).toMatchObject({
      secretDigest: sha256(secret),
      previousSecretDigest: null,
      previousSecretUntil: null,
    });
  });

  it('with a grace keeps the one before, and no other', async () => {
    const { client, secret } = await add();
    const second = await replaced(client, 60);
    expect(await stored(client)).toMatchObject({
      secretDigest: sha256(second),
      previousSecretDigest: sha256(secret?.reveal() ?? ''),
      previousSecretUntil: app.clock.in(60),
    });
    const third = await replaced(client, 30);
    expect(await stored(client)).toMatchObject({
      secretDigest: sha256(third),
      previousSecretDigest: sha256(second),
      previousSecretUntil: app.clock.in(30),
    });
  });

  it('without a grace ends one that runs', async () => {
    const { client } = await add();
    await replaced(client, 60);
    await replaced(client);
    expect(await stored(client)).toMatchObject({ previousSecretDigest: null, previousSecretUntil: null });
  });

  it('10 times at once leaves the last, with the one before it', async () => {
    const { client } = await add();
    const secrets = await Promise.all(Array.from({ length: 10 }, () => replaced(client, 60)));
    const digests = secrets.map((secret) => sha256(secret).toString('hex'));
    const { secretDigest, previousSecretDigest } = await stored(client);
    expect(digests).toContain(secretDigest?.toString('hex'));
    expect(digests).toContain(previousSecretDigest?.toString('hex'));
    expect(previousSecretDigest).not.toEqual(secretDigest);
  });

  it('is not done for a public client, for another tenant, or without its record', async () => {
    const { client } = await clients.add(tenantId, { ...values, isPublic: true }, nothingMore);
    expect(await clients.replaceSecret(tenantId, client.clientId, null, nothingMore)).toBeNull();
    expect(await stored(client)).toMatchObject({ secretDigest: null });
    const { client: confidential } = await add();
    expect(await clients.replaceSecret(otherId, confidential.clientId, null, nothingMore)).toBeNull();
    const unrecorded = clients.replaceSecret(tenantId, confidential.clientId, null, failing);
    await expect(unrecorded).rejects.toThrow('not recorded');
    expect(await stored(confidential)).toEqual(confidential);
  });
});

const set = (id: string, disabled: boolean, under = tenantId) =>
  app.database.transaction((tx) => app.get(DisabledStates).set(under, 'client', id, disabled, tx));

describe('disabling', () => {
  it('keeps since when, however often it is said', async () => {
    const { client } = await add();
    const since = app.clock.now();
    expect(await set(client.clientId, true)).toBe(true);
    app.clock.advance(60);
    expect(await set(client.clientId, true)).toBe(false);
    expect(await stored(client)).toMatchObject({ disabledAt: since });
    expect(await set(client.clientId, false)).toBe(true);
    expect(await set(client.clientId, false)).toBe(false);
    expect(await stored(client)).toMatchObject({ disabledAt: null });
  });

  it('does not reach it under another tenant', async () => {
    const { client } = await add();
    expect(await set(client.clientId, true, otherId)).toBe(false);
    expect(await stored(client)).toMatchObject({ disabledAt: null });
  });
});
