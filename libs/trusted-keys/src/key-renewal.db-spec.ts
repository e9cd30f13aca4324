import { generateKeyPairSync } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TenantId } from '#libs/database';
import {
  createTestDatabase,
  type HttpServer,
  json,
  newTenant,
  startHttpServer,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Tenants } from '#libs/tenants';
import { TrustedKeys, TrustedKeysModule } from './index.js';

let database: TestDatabase;
let server: HttpServer;
let app: TestApp;
let keys: TrustedKeys;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startHttpServer();
  app = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule] });
  keys = app.get(TrustedKeys);
});
beforeEach(async () => {
  await app.database.query(`DELETE FROM trusted_key_sets`);
  server.answerWith(good);
});
afterAll(async () => {
  await app?.close();
  await server?.close();
  await database?.drop();
});

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const body = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1' }] };
const good = json(200, body, { 'cache-control': 'max-age=1000' });
const down = json(503, {});
const asked = () => server.requests.length;

/** A tenant whose keys were fetched and used just now. */
async function inUse(): Promise<TenantId> {
  const source = { jwksUri: `${server.origin}/jwks` };
  const { tenant } = await app.get(Tenants).create(newTenant(), ({ id }, tx) => keys.register(id, source, tx));
  await use(tenant.id);
  return tenant.id;
}

async function use(tenantId: TenantId): Promise<void> {
  await keys.find(tenantId, 'k1');
  keys.noteUse(tenantId, 'k1');
  await keys.flushUses();
}

const renewedAfter = async (seconds: number, by = keys) => {
  app.clock.advance(seconds);
  server.answerWith(good);
  await by.renewDue();
  return asked();
};

describe('renewal', () => {
  it('comes between 72 and 80 % of the freshness: nobody has to wait for it', async () => {
    const tenantId = await inUse();
    expect(await renewedAfter(719)).toBe(0);
    expect(await renewedAfter(81)).toBe(1);
    app.clock.advance(300);
    expect((await keys.find(tenantId, 'k1'))?.kid).toBe('k1');
    expect(asked()).toBe(1);
  });

  it('leaves alone what nobody has used for an hour', async () => {
    await inUse();
    expect(await renewedAfter(3600)).toBe(0);
  });

  it('is the warm start of a process: what is in use is fetched at its first tick', async () => {
    const tenantId = await inUse();
    await using restarted = await startTestApp({
      databaseUrl: database.url,
      imports: [TrustedKeysModule],
      clock: app.clock,
    });
    expect(await renewedAfter(1200, restarted.get(TrustedKeys))).toBe(1);
    expect((await restarted.get(TrustedKeys).find(tenantId, 'k1'))?.kid).toBe('k1');
    expect(asked()).toBe(1);
  });

  it('fetches each source once, however many processes are at it', async () => {
    await using other = await startTestApp({
      databaseUrl: database.url,
      imports: [TrustedKeysModule],
      clock: app.clock,
    });
    for (let count = 0; count < 10; count += 1) await inUse();
    app.clock.advance(800);
    server.answerWith(good);
    await Promise.all([keys.renewDue(), other.get(TrustedKeys).renewDue()]);
    expect(asked()).toBe(10);
  });

  it('has at most ten fetches under way, and calls that overlap add none', async () => {
    const tenantId = await inUse();
    for (let count = 1; count < 12; count += 1) await inUse();
    app.clock.advance(800);
    const held: (() => void)[] = [];
    server.answerWith((request, response) => held.push(() => good(request, response)));
    const renewals = keys.renewDue();
    let most = 0;
    for (let answered = 0; answered < 12; answered += 1) {
      await expect.poll(() => held.length).toBeGreaterThanOrEqual(Math.min(10, 12 - answered));
      void keys.renewDue();
      // Round trips to the database, in which a call that overlaps would have claimed more.
      await keys.status(tenantId);
      most = Math.max(most, held.length);
      held.shift()?.();
    }
    await renewals;
    expect([most, asked()]).toEqual([10, 12]);
  });

  it('of a source that fails backs off to five minutes, and says so once', async () => {
    const warned = vi.spyOn(Logger.prototype, 'warn');
    const logged = vi.spyOn(Logger.prototype, 'log');
    const tenantId = await inUse();
    app.clock.advance(800);
    server.answerWith(down);
    const attempts: number[] = [];
    for (let second = 0; second <= 1100; second += 10) {
      const before = asked();
      await keys.renewDue();
      if (asked() > before) attempts.push(second);
      app.clock.advance(10);
    }
    expect(attempts).toEqual([0, 30, 90, 210, 450, 750, 1050]);
    expect(warned.mock.calls).toEqual([
      [`The JWKS of tenant ${tenantId} fails. The JWKS URL answered 503. It must answer 200 with the JWK Set.`],
    ]);
    expect(await renewedAfter(300)).toBe(1);
    expect(logged.mock.calls).toEqual([[`The JWKS of tenant ${tenantId} works again.`]]);
    vi.restoreAllMocks();
  });

  it('goes on with the others while one source fails', async () => {
    const source = { jwksUri: 'http://127.0.0.1:1/jwks', jwks: body };
    const { tenant } = await app.get(Tenants).create(newTenant(), ({ id }, tx) => keys.register(id, source, tx));
    await use(tenant.id);
    await app.database.query(`UPDATE trusted_key_sets SET renew_at = $1`, [app.clock.now()]);
    await inUse();
    expect(await renewedAfter(800)).toBe(1);
    expect((await keys.status(tenant.id)).failures).toBe(1);
  });
});
