import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { freePort, queryOnce } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import type { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';

let scenario: Scenario;
/** Where the tenant is deleted. */
let here: Gatehouse;
/** Another process, which has to hear of it. */
let there: Gatehouse;
let partner: Partner;
let ada: EmbedUser;
let count = 0;

const slugs = Array.from({ length: 6 }, (_, index) => `acme-${index + 1}`);

beforeAll(async () => {
  scenario = await Scenario.start({ slugs });
  here = scenario.gatehouse;
  const { url } = await scenario.startService({ PORT: String(await freePort()) });
  there = new Gatehouse(url, here.adminToken);
});
beforeEach(async () => {
  partner = await scenario.enrol({ slug: slugs[count++] ?? '' });
  ada = await EmbedUser.signIn(here, partner, 'ada');
  await ada.connectCrm(scenario);
});
afterAll(() => scenario.close());

const path = () => `/admin/tenants/${partner.slug}`;
const query = (sql: string, ...values: unknown[]) => queryOnce(scenario.databaseUrl, sql, values);
const withinOneSecond = { timeout: 1000, interval: 20 };

describe('DELETE /admin/tenants/{slug}', () => {
  test('refuses whoever is not the operator, and does nothing', async () => {
    expect((await here.call('DELETE', path())).status).toBe(401);
    expect((await here.call('DELETE', path(), { bearer: ada.token })).status).toBe(401);
    expect((await ada.get('/v2/apps')).status).toBe(200);
  });

  test('answers 204; nothing of the tenant opens from then on', async () => {
    const [tenant] = await query(`SELECT id FROM tenants WHERE slug = $1`, partner.slug);
    expect((await here.call('DELETE', path(), { bearer: here.adminToken })).status).toBe(204);
    const keys = await query(`SELECT 1 FROM data_keys WHERE tenant_id = $1 AND wrapped IS NOT NULL`, tenant?.id);
    expect(keys).toEqual([]);
  });

  test('makes its tokens, its client and its page nobody’s, here at once and everywhere within a second', async () => {
    const statuses = async (at: Gatehouse) => [
      (await at.get('/v2/apps', ada.token)).status,
      (await at.get(`/v2/apps?client_id=${partner.clientId}`)).status,
      (await at.call('GET', path(), { bearer: at.adminToken })).status,
    ];
    expect(await statuses(there)).toEqual([200, 200, 200]);
    await here.admin('DELETE', path());
    expect(await statuses(here)).toEqual([401, 401, 404]);
    await vi.waitFor(async () => expect(await statuses(there)).toEqual([401, 401, 404]), withinOneSecond);
  });

  test('answers 404 the second time, and for a tenant that never was', async () => {
    await here.admin('DELETE', path());
    for (const gone of [path(), '/admin/tenants/nobody', '/admin/tenants/@platform'])
      expect((await here.call('DELETE', gone, { bearer: here.adminToken })).status).toBe(404);
  });

  test('is on the record of the platform and in the list of tombstones; its slug becomes free', async () => {
    await here.admin('DELETE', path());
    const audit = await here.admin('GET', `/admin/platform/audit?action=tenant.deleted&subject=${partner.slug}`);
    expect(audit.at('entries.0.actor')).toBe('admin-token');
    const { tombstones } = (await there.admin('GET', '/admin/vault/tombstones')).json as {
      tombstones: { slug: string; tenant_id: string }[];
    };
    const tombstone = tombstones.find(({ slug }) => slug === partner.slug);
    expect(tombstone?.tenant_id).toEqual(audit.at('entries.0.details.id'));
    const again = await vi.waitFor(() => scenario.enrol({ slug: partner.slug }), { timeout: 10_000, interval: 100 });
    expect(again.slug).toBe(partner.slug);
    for (const table of ['connections', 'vault_secrets', 'data_keys', 'users'])
      expect(await query(`SELECT 1 FROM ${table} WHERE tenant_id = $1`, tombstone?.tenant_id), table).toEqual([]);
  });
});

test('POST /admin/vault/tombstones refuses what is no list of tombstones, and buries a tenant that is in it', async () => {
  const send = (json: unknown) => here.call('POST', '/admin/vault/tombstones', { bearer: here.adminToken, json });
  const buried = { tenant_id: randomUUID(), slug: 'a', shredded_at: '2026-W01' };
  for (const bad of [{}, { tombstones: {} }, { tombstones: [{ ...buried, tenant_id: 'x' }] }, { tombstones: [buried] }])
    expect((await send(bad)).status).toBe(400);
  const [tenant] = await query(`SELECT id FROM tenants WHERE slug = $1`, partner.slug);
  const tombstone = { tenant_id: tenant?.id, slug: partner.slug, shredded_at: '2026-01-02T03:04:05.000Z' };
  expect((await send({ tombstones: [tombstone] })).status).toBe(200);
  expect((await here.call('GET', path(), { bearer: here.adminToken })).status).toBe(404);
  await vi.waitFor(async () => expect((await there.get('/v2/apps', ada.token)).status).toBe(401), withinOneSecond);
  const { tombstones } = (await here.admin('GET', '/admin/vault/tombstones')).json as { tombstones: unknown[] };
  expect(tombstones).toContainEqual(tombstone);
});
