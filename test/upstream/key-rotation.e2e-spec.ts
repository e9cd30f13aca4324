import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createTestDatabase,
  type ServiceProcess,
  startService,
  type TestDatabase,
  ZapierEmulator,
} from '#libs/testing';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';

/** As long as the upstream believes a key set, and never fetches it sooner. */
const CACHED_SECONDS = 3;

let database: TestDatabase;
let service: ServiceProcess;
let emulator: ZapierEmulator;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService({ databaseUrl: database.url });
});
afterAll(async () => {
  await service?.stop();
  await emulator?.close();
  await database?.drop();
});

interface Examined {
  checks: { check: string; ok: boolean; detail: string }[];
}

it('a rotation of the tenant’s key fails no exchange at an upstream that caches the key set', async () => {
  const gatehouse = new Gatehouse(service.url, service.adminToken);
  const slug = `acme-${randomUUID()}`;
  await Partner.enrol(gatehouse, { slug });
  const issuer = `${service.url.replace('127.0.0.1', 'localhost')}/tenants/${slug}`;
  const jwksUri = `${issuer}/.well-known/jwks.json`;
  emulator = await ZapierEmulator.start({
    partners: [{ issuer, jwksUri, audience: '127.0.0.1' }],
    settings: { jwksCacheSeconds: CACHED_SECONDS, jwksRefetchSeconds: null },
  });
  const path = `/admin/tenants/${slug}/upstreams/zapier`;
  await gatehouse.admin('PUT', path, {
    mode: 'jwt',
    api_url: emulator.apiUrl,
    token_url: emulator.tokenUrl,
    connect_url: emulator.connectUrl,
    client_id: emulator.partner.clientId,
    client_secret: emulator.partner.clientSecret,
    rate: { per_address: 100_000, per_partner: 100_000 },
  });
  const exchange = async () => {
    const { checks } = (await gatehouse.admin('POST', `${path}/doctor`)).json as Examined;
    return checks.find(({ check }) => check === 'credentials');
  };
  const activeKid = async () => {
    const { keys } = (await gatehouse.admin('GET', `/admin/tenants/${slug}/keys`)).json as {
      keys: { kid: string; state: string }[];
    };
    return keys.find(({ state }) => state === 'active')?.kid;
  };
  const before = await activeKid();
  expect(await exchange()).toMatchObject({ ok: true });
  await gatehouse.admin('POST', `/admin/tenants/${slug}/keys/rotate`, { activate_after_seconds: CACHED_SECONDS + 1 });
  const exchanges: (boolean | undefined)[] = [];
  let changedAt = Infinity;
  while (Date.now() < changedAt + CACHED_SECONDS * 1000) {
    exchanges.push((await exchange())?.ok);
    if (changedAt === Infinity && (await activeKid()) !== before) changedAt = Date.now();
    await delay(50);
  }
  expect(exchanges.filter((isGiven) => !isGiven)).toEqual([]);
  expect(exchanges.length).toBeGreaterThan(10);
});
