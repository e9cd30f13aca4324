import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectionSharings, Connections, ConnectionSettings } from '#libs/connections';
import { Users } from '#libs/tenants';
import {
  establishConnection,
  oauth2Credentials,
  startThirdPartyScene,
  type ConnectionOwner,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';

let scene: ThirdPartyScene;
let app: TestApp;
let connections: Connections;
let owner: ConnectionOwner;
let colleague: ConnectionOwner;
let stranger: ConnectionOwner;
let outsider: ConnectionOwner;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  app = scene.app;
  connections = app.get(Connections);
});
beforeEach(async () => {
  owner = await scene.newOwner();
  const user = (org: string, subject: string) => app.get(Users).findOrCreate(owner.tenantId, org, subject);
  colleague = { ...owner, userId: await user('org-1', 'colleague') };
  stranger = { ...owner, userId: await user('org-2', 'stranger') };
  outsider = await scene.newOwner();
  id = await scene.connect(owner);
});
afterAll(() => scene?.close());

const share = (sharing: (typeof connectionSharings)[number]) =>
  app.get(ConnectionSettings).change(owner.tenantId, owner.userId, id, { sharing }, null);
const sees = async ({ tenantId, userId }: ConnectionOwner) =>
  (await connections.findVisible(tenantId, userId, id))?.id === id;
const finds = async ({ tenantId, userId }: ConnectionOwner) => (await connections.find(tenantId, userId, id)) !== null;
const lists = async ({ tenantId, userId, appId }: ConnectionOwner, includeShared: boolean) => {
  const listed = await connections.list(tenantId, userId, { appId, limit: 10, offset: 0, includeShared });
  expect(listed.count).toBe(listed.connections.length);
  return listed.connections.some((connection) => connection.id === id);
};
const set = (changes: string) => app.database.query(`UPDATE connections SET ${changes} WHERE id = $1`, [id]);

describe('who may see and use a connection', () => {
  it.each([
    ['private', true, false, false],
    ['org', true, true, false],
    ['tenant', true, true, true],
  ] as const)('that is shared as %s: owner %s, org %s, tenant %s', async (sharing, own, org, tenant) => {
    await share(sharing);
    const all = [owner, colleague, stranger, outsider];
    expect(await Promise.all(all.map(sees))).toEqual([own, org, tenant, false]);
    expect(await Promise.all(all.map((who) => lists(who, true)))).toEqual([own, org, tenant, false]);
  });

  it("is in the lists of those who asked for shared ones, and in nobody's default list but the owner's", async () => {
    await share('tenant');
    const all = [owner, colleague, stranger, outsider];
    expect(await Promise.all(all.map((who) => lists(who, false)))).toEqual([true, false, false, false]);
  });

  it.each(connectionSharings)('and shared as %s, only the owner finds it to change it', async (sharing) => {
    await share(sharing);
    expect(await Promise.all([owner, colleague, stranger, outsider].map(finds))).toEqual([true, false, false, false]);
  });

  it("never reaches a user of another tenant, not even by the owner's own id or org", async () => {
    await share('tenant');
    expect(await sees({ ...owner, tenantId: outsider.tenantId })).toBe(false);
    expect(await sees({ ...outsider, tenantId: owner.tenantId })).toBe(false);
  });

  it.each([
    ['pending', true],
    ['deleted', false],
  ])('and is %s: owner %s, nobody else', async (status, own) => {
    await share('tenant');
    await set(`status = '${status}'`);
    expect(await Promise.all([owner, colleague, stranger].map(sees))).toEqual([own, false, false]);
  });

  it('of an owner who was disabled: nobody else', async () => {
    await share('tenant');
    await app.database.query(`UPDATE users SET disabled_at = $2 WHERE id = $1`, [owner.userId, app.clock.now()]);
    expect(await Promise.all([colleague, stranger].map(sees))).toEqual([false, false]);
  });

  it('ends as soon as it is private again', async () => {
    await share('tenant');
    await share('private');
    expect(await Promise.all([colleague, stranger].map(sees))).toEqual([false, false]);
  });
});

it('a new connection is private, also one that takes the place of a shared one', async () => {
  await share('tenant');
  await connections.remove(owner.tenantId, owner.userId, id);
  id = await establishConnection(app, owner, oauth2Credentials(app));
  expect(await sees(colleague)).toBe(false);
});
