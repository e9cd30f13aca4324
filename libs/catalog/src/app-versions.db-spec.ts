import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { Audit, SYSTEM_ACTOR } from '#libs/audit';
import type { TenantId } from '#libs/database';
import { PLATFORM } from '#libs/tenants';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { findOperation } from './app-definition.js';
import { Apps, type Registration } from './apps.store.js';
import { CatalogModule } from './catalog.module.js';
import { TenantCatalog } from './tenant-catalog.js';

const DAY_SECONDS = 86_400;

let database: TestDatabase;
let app: TestApp;
let tenantId: TenantId;
let keys = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [CatalogModule] });
  tenantId = (await createTenant(app)).id;
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const newKey = () => `app-${(keys += 1)}`;
const register = (document: object): Promise<Registration> =>
  app.get(Apps).register(JSON.stringify(document), 'admin', SYSTEM_ACTOR);
const versionsOf = async (id: string) =>
  (
    await app.database.query<{ version: number }>(
      `SELECT version FROM app_versions WHERE app_id = $1 ORDER BY version`,
      [id],
    )
  ).map(({ version }) => version);

function documentOf(key: string, properties: object, { required = [] as string[], paths = {} } = {}) {
  const schema = { type: 'object', properties, required };
  const responses = { 200: { description: 'Done' } };
  const post = { operationId: 'create', requestBody: { content: { 'application/json': { schema } } }, responses };
  return {
    openapi: '3.1.0',
    info: { title: key, version: '1', 'x-gatehouse': { key } },
    servers: [{ url: 'https://api.test' }],
    paths: { '/things': { post }, ...paths },
  };
}
const text = { type: 'string' };
const listing = { '/things/all': { get: { operationId: 'list', responses: { 200: { description: 'All' } } } } };

it('the same document, or one that means the same, makes no new version', async () => {
  const document = documentOf(newKey(), { name: text });
  const first = await register(document);
  const again = await register(document);
  const indented = await app.get(Apps).register(JSON.stringify(document, null, 2), 'admin', SYSTEM_ACTOR);
  const yaml = await app.get(Apps).register(stringify(document), 'admin', SYSTEM_ACTOR);
  expect([first, again, indented, yaml].map((one) => [one.app.id, one.app.version])).toEqual(
    Array.from({ length: 4 }, () => [first.app.id, 1]),
  );
  expect(await versionsOf(first.app.id)).toEqual([1]);
});

it('a changed document makes a new version of the same app, and one found earlier stays as it was', async () => {
  const key = newKey();
  const first = await register(documentOf(key, { name: text }));
  const old = await app.get(TenantCatalog).findVersion(tenantId, first.app.id, 1);
  const second = await register(documentOf(key, { name: text, note: text }, { paths: listing }));
  expect(second.app).toMatchObject({ id: first.app.id, version: 2, actionKeys: ['create', 'list'] });
  const current = await app.get(TenantCatalog).find(tenantId, key);
  const before = await app.get(TenantCatalog).findVersion(tenantId, first.app.id, 1);
  const inputs = [old, before, current].map(
    (view) => view && findOperation(view.definition, 'create')?.inputs.map(({ id }) => id),
  );
  expect(inputs).toEqual([['name'], ['name'], ['name', 'note']]);
  expect([before?.version, current?.version]).toEqual([1, 2]);
  expect(current?.definition.actions.map((action) => action.key)).toEqual(['create', 'list']);
  expect(second.breaking).toEqual([]);
});

it('what breaks is told, and is none the next time', async () => {
  const key = newKey();
  const { app: made } = await register(documentOf(key, { name: text, note: text }, { paths: listing }));
  const changed = documentOf(key, { name: { type: 'integer' }, email: text }, { required: ['email'] });
  const { breaking } = await register(changed);
  expect(breaking.map(({ action, change }) => [action, change])).toEqual([
    ['create', 'input_type_changed'],
    ['create', 'input_gone'],
    ['create', 'input_required'],
    ['list', 'action_gone'],
  ]);
  expect((await register(changed)).breaking).toEqual([]);
  expect(await versionsOf(made.id)).toEqual([1, 2]);
});

it('an earlier document that comes back is a new version', async () => {
  const key = newKey();
  const [one, other] = [documentOf(key, { a: text }), documentOf(key, { b: text })];
  const versions = [];
  for (const document of [one, other, one]) versions.push((await register(document)).app.version);
  expect(versions).toEqual([1, 2, 3]);
});

it('documents that are posted at the same moment become versions one after the other', async () => {
  const key = newKey();
  const names = ['a', 'b', 'c', 'd', 'e'];
  const made = await Promise.all(names.map((name) => register(documentOf(key, { [name]: text }))));
  const [first] = made;
  expect(new Set(made.map((one) => one.app.id)).size).toBe(1);
  expect(await versionsOf(first?.app.id ?? '')).toEqual([1, 2, 3, 4, 5]);
});

it('a file changes an app that came from a file, and none that was posted since', async () => {
  const key = newKey();
  const file = (properties: object) =>
    app.get(Apps).register(JSON.stringify(documentOf(key, properties)), 'file', SYSTEM_ACTOR);
  expect((await file({ a: text })).app).toMatchObject({ version: 1, source: 'file' });
  expect(await file({ a: text, b: text })).toMatchObject({ isTaken: true, app: { version: 2 } });
  expect((await register(documentOf(key, { c: text }))).app).toMatchObject({ version: 3, source: 'admin' });
  const restarted = await file({ a: text, b: text });
  expect(restarted).toMatchObject({ isTaken: false, app: { version: 3, source: 'admin' }, breaking: [] });
  const posted = await app.get(TenantCatalog).find(tenantId, key);
  expect(posted && findOperation(posted.definition, 'create')?.inputs.map(({ id }) => id)).toEqual(['c']);
});

it('what a file changes is on record once, over any number of starts, and so is the taking over of its app', async () => {
  const key = newKey();
  const file = (properties: object) =>
    app.get(Apps).register(JSON.stringify(documentOf(key, properties)), 'file', SYSTEM_ACTOR);
  const ada = { name: 'ada', address: '192.0.2.7' };
  const posted = documentOf(key, { b: text });
  for (const properties of [{ a: text }, { a: text }, { b: text }, { b: text }]) await file(properties);
  for (const _ of ['taken over', 'again']) await app.get(Apps).register(JSON.stringify(posted), 'admin', ada);
  await file({ c: text });
  const entries = (await app.get(Audit).list(PLATFORM, { subject: key, limit: 9 })).toReversed();
  expect(entries.map(({ actor, address, action, details }) => [actor, address, action, details])).toEqual([
    ['schedule', null, 'app.registered', { change: 'new', version: 1, source: 'file' }],
    ['schedule', null, 'app.registered', { change: 'changed', version: 2, source: 'file' }],
    ['ada', '192.0.2.7', 'app.registered', { change: 'changed', version: 2, source: 'admin' }],
  ]);
});

it('a version that was superseded two days ago goes when the next comes, with its operations', async () => {
  const key = newKey();
  const { app: made } = await register(documentOf(key, { a: text }));
  await register(documentOf(key, { b: text }));
  app.clock.advance(2 * DAY_SECONDS - 60);
  await register(documentOf(key, { c: text }));
  expect(await versionsOf(made.id)).toEqual([1, 2, 3]);
  app.clock.advance(120);
  await register(documentOf(key, { d: text }));
  expect(await versionsOf(made.id)).toEqual([2, 3, 4]);
  const operations = await app.database.query(`SELECT 1 FROM app_operations WHERE app_id = $1 AND version = 1`, [
    made.id,
  ]);
  expect(operations).toEqual([]);
});

it('what a tenant has of an app is believed for a second, and no longer than until this process changes it', async () => {
  const { app: made } = await register(documentOf(newKey(), { a: text }));
  const catalog = app.get(TenantCatalog);
  const urls = async () =>
    Promise.all(
      [made.key, made.id, made.id.toUpperCase()].map(async (name) => (await catalog.find(tenantId, name))?.serverUrl),
    );
  await catalog.configure(tenantId, made.key, { serverUrl: 'https://one.test' });
  expect(await urls()).toEqual(Array.from({ length: 3 }, () => 'https://one.test'));
  await app.database.query(`UPDATE tenant_apps SET server_url = 'https://two.test' WHERE app_id = $1`, [made.id]);
  expect(await urls()).toEqual(Array.from({ length: 3 }, () => 'https://one.test'));
  app.clock.advance(1);
  expect(await urls()).toEqual(Array.from({ length: 3 }, () => 'https://two.test'));
  await catalog.configure(tenantId, made.key, { serverUrl: 'https://three.test' });
  expect(await urls()).toEqual(Array.from({ length: 3 }, () => 'https://three.test'));
  const other = (await createTenant(app)).id;
  expect((await catalog.find(other, made.key))?.serverUrl).toBeNull();
});

it('there is no view of a version that does not exist, nor of an app that the tenant does not offer', async () => {
  const { app: made } = await register(documentOf(newKey(), { a: text }));
  const catalog = app.get(TenantCatalog);
  expect(await catalog.findVersion(tenantId, made.id, 7)).toBeNull();
  await catalog.configure(tenantId, made.key, { enabled: false });
  expect(await catalog.findVersion(tenantId, made.id, 1)).toBeNull();
  expect(await catalog.find(tenantId, made.key)).toBeNull();
  const other = (await createTenant(app)).id;
  expect(await catalog.findVersion(other, made.id, 1)).toMatchObject({ version: 1 });
});

it('an operation named like something that every object has is found, and no other', async () => {
  const paths = { '/c': { get: { operationId: 'constructor', responses: { 200: { description: 'x' } } } } };
  const { app: made } = await register(documentOf(newKey(), { a: text }, { paths }));
  const view = await app.get(TenantCatalog).find(tenantId, made.id);
  expect(view && findOperation(view.definition, 'constructor')?.path).toBe('/c');
  expect(view && findOperation(view.definition, 'toString')).toBeUndefined();
});
