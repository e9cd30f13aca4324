import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantId } from '#libs/database';
import { newId } from '#libs/database';
import { SigningKeysModule } from '#libs/signing-keys';
import {
  createSigningTenant,
  createTestDatabase,
  createUpstream,
  registerApp,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { TenantCatalog } from '#libs/catalog';
import { AppDirectory, UpstreamModule, type ListedApp } from './index.js';

const LOCAL = 30;
const REMOTE = 65;
const LIMIT = 7;

let database: TestDatabase;
let app: TestApp;
let tenantId: TenantId;

const directory = () => app.get(AppDirectory);

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [SigningKeysModule, UpstreamModule] });
  tenantId = await createSigningTenant(app);
  for (let at = 0; at < LOCAL; at += 1) await registerApp(app, document(`local-${at}`, titleOf(at)));
  await copyApps(tenantId, 'zapier', REMOTE - 5);
  await copyApps(tenantId, 'partner', REMOTE, REMOTE - 5);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

/** Several have the same title: then it is the key that orders them. */
const titleOf = (at: number) => `App ${String(at % 20).padStart(2, '0')}`;

const document = (key: string, title: string) => ({
  openapi: '3.0.3',
  info: { title, version: '1', 'x-gatehouse': { key, categories: ['crm', 'local-only'] } },
  servers: [{ url: 'https://crm.example' }],
  paths: { '/things': { get: { operationId: 'find', responses: { 200: { description: 'Things' } } } } },
});

/** As a reading of the upstream leaves them. */
async function copyApps(owner: TenantId, name: string, end: number, start = 0): Promise<void> {
  const { id } = await createUpstream(app, owner, 'https://upstream.example', { name });
  for (let at = start; at < end; at += 1) {
    await app.database.query(
      `INSERT INTO upstream_apps (tenant_id, id, upstream_id, remote_id, key, remote_key, title, description, image, categories, action_types, seen_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 'It does things.', NULL, '{crm,remote-only}', '{READ,WRITE}', $8)`,
      [owner, newId(), id, randomUUID(), `${name}.App${at}CLI`, `App${at}CLI`, titleOf(at), app.clock.now()],
    );
  }
}

async function allPages(owner: TenantId, filter = {}): Promise<ListedApp[]> {
  const found: ListedApp[] = [];
  for (let offset = 0; ; offset += LIMIT) {
    const [page, count] = await directory().page(owner, filter, { limit: LIMIT, offset });
    found.push(...page);
    if (offset + LIMIT < count) expect(page).toHaveLength(LIMIT);
    else return found;
  }
}

describe('the list of apps', () => {
  it('has each app of our own and of two upstreams on exactly one page, by title and key', async () => {
    const found = await allPages(tenantId);
    expect(found).toHaveLength(LOCAL + REMOTE);
    const keys = found.map(({ key }) => key);
    expect(new Set(keys).size).toBe(found.length);
    const sources = found.map(({ upstream }) => upstream);
    expect(sources.filter((source) => source === null)).toHaveLength(LOCAL);
    expect(sources.filter((source) => source === 'zapier')).toHaveLength(REMOTE - 5);
    const titles = found.map(({ title }) => title);
    expect(titles).toEqual(titles.toSorted());
    const whole = await directory().page(tenantId, {}, { limit: 1000, offset: 0 });
    expect(whole).toEqual([found, found.length]);
  });

  it('counts all of them on a page behind the last', async () => {
    expect(await directory().page(tenantId, {}, { limit: LIMIT, offset: 5000 })).toEqual([[], LOCAL + REMOTE]);
  });

  it.each([
    ['a category that only some have', { category: 'remote-only' }, REMOTE],
    ['a part of the title in any letter case', { query: 'aPP 03' }, 6],
    ['the beginning of the title', { start: 'app 0' }, 55],
    ['what PostgreSQL would take for a pattern', { query: 'App _3' }, 0],
    ['ids that are none', { ids: ['none', ''] }, 0],
  ])('is searched by %s, in all sources alike', async (_, filter, count) => {
    const found = await allPages(tenantId, filter);
    expect(found).toHaveLength(count);
  });

  it('is searched by ids of any source, in any letter case', async () => {
    const all = await allPages(tenantId);
    const picked = [all.find(({ upstream }) => upstream === null), all.find(({ upstream }) => upstream === 'partner')];
    const ids = picked.map((one) => one?.id.toUpperCase() ?? '');
    const [found, count] = await directory().page(tenantId, { ids }, { limit: LIMIT, offset: 0 });
    expect(count).toBe(2);
    expect(new Set(found)).toEqual(new Set(picked));
  });

  it('has nothing of another tenant', async () => {
    const other = await createSigningTenant(app);
    const found = await allPages(other);
    expect(found).toHaveLength(LOCAL);
    expect(found.every(({ upstream }) => upstream === null)).toBe(true);
  });

  it('leaves out what is switched off: an app of our own, and all of an upstream', async () => {
    const owner = await createSigningTenant(app);
    await copyApps(owner, 'zapier', 3);
    await app.get(TenantCatalog).configure(owner, 'local-0', { enabled: false });
    expect(await allPages(owner)).toHaveLength(LOCAL - 1 + 3);
    await createUpstream(app, owner, 'https://upstream.example', { enabled: false });
    expect(await allPages(owner)).toHaveLength(LOCAL - 1);
  });
});

it('the list of categories has each that an app of the tenant has, once', async () => {
  expect(await directory().categories(tenantId, { limit: 2, offset: 0 })).toEqual([['crm', 'local-only'], 3]);
  expect(await directory().categories(tenantId, { limit: 2, offset: 2 })).toEqual([['remote-only'], 3]);
  expect(await directory().categories(tenantId, { limit: 2, offset: 4 })).toEqual([[], 3]);
});
