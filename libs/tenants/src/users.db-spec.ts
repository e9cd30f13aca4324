import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId, type TenantId } from '#libs/database';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { DisabledStates, Users } from './index.js';

let database: TestDatabase;
let app: TestApp;
let users: Users;
let tenantId: TenantId;
let otherId: TenantId;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [] });
  users = app.get(Users);
});
beforeEach(async () => {
  tenantId = (await createTenant(app)).id;
  otherId = (await createTenant(app)).id;
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const named = async (names: [org: string, subject: string][]) => {
  const ids: string[] = [];
  for (const [org, subject] of names) ids.push(await users.findOrCreate(tenantId, org, subject));
  return ids;
};
const idsOf = async (filter: Parameters<Users['list']>[1]) => (await users.list(tenantId, filter)).map(({ id }) => id);

const nameOf = async (id: string) => (await users.find(tenantId, id))?.displayName;

describe('what a user is called', () => {
  it('is what the last token that said it said', async () => {
    const id = await users.findOrCreate(tenantId, 'org-1', 'ada', 'Ada');
    expect(await nameOf(id)).toBe('Ada');
    expect(await users.findOrCreate(tenantId, 'org-1', 'ada', 'Ada L.')).toBe(id);
    expect(await nameOf(id)).toBe('Ada L.');
    await users.findOrCreate(tenantId, 'org-1', 'ada');
    expect(await nameOf(id)).toBe('Ada L.');
  });

  it('comes to a user that was there without a name, and to no other of that subject', async () => {
    const [ada, other] = await named([
      ['org-1', 'ada'],
      ['org-2', 'ada'],
    ]);
    await users.findOrCreate(tenantId, 'org-1', 'ada', 'Ada');
    expect([await nameOf(ada ?? ''), await nameOf(other ?? '')]).toEqual(['Ada', null]);
  });
});

describe('a list of users', () => {
  it('is newest first, and its pages miss and repeat none', async () => {
    const ids = await named(Array.from({ length: 5 }, (_, index) => ['org-1', `user-${index}`]));
    const first = await idsOf({ limit: 2 });
    const second = await idsOf({ limit: 2, before: first[1] });
    const third = await idsOf({ limit: 2, before: second[1] });
    expect([...first, ...second, ...third]).toEqual(ids.toReversed());
  });

  it.each([
    [{ org: 'org-1' }, [1, 0]],
    [{ subject: 'ada' }, [2, 0]],
    [{ org: 'org-1', subject: 'ada' }, [0]],
    [{ org: 'ORG-1' }, []],
    [{ subject: '%' }, []],
  ])('holds exactly those of %j', async (filter, expected) => {
    const ids = await named([
      ['org-1', 'ada'],
      ['org-1', 'eve'],
      ['org-2', 'ada'],
    ]);
    expect(await idsOf({ ...filter, limit: 10 })).toEqual(expected.map((index) => ids[index]));
  });

  it('holds none of another tenant', async () => {
    await users.findOrCreate(otherId, 'org-1', 'ada');
    expect(await idsOf({ limit: 10 })).toEqual([]);
  });
});

describe('one user', () => {
  it('is found under its own tenant alone', async () => {
    const id = await users.findOrCreate(tenantId, 'org-1', 'ada');
    expect(await users.find(tenantId, id)).toMatchObject({ id, org: 'org-1', subject: 'ada', disabledAt: null });
    expect(await users.find(otherId, id)).toBeNull();
    expect(await users.find(tenantId, newId())).toBeNull();
    expect(await users.find(tenantId, 'no-uuid')).toBeNull();
  });

  it('is disabled under its own tenant alone', async () => {
    const id = await users.findOrCreate(tenantId, 'org-1', 'ada');
    const set = (under: TenantId) =>
      app.database.transaction((tx) => app.get(DisabledStates).set(under, 'user', id, true, tx));
    expect(await set(otherId)).toBe(false);
    expect(await users.find(tenantId, id)).toMatchObject({ disabledAt: null });
    expect(await set(tenantId)).toBe(true);
    expect(await users.find(tenantId, id)).toMatchObject({ disabledAt: app.clock.now() });
  });
});
