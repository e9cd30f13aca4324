import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asTenantId, newId, type TenantId } from '#libs/database';
import { createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { limits } from './limits.js';
import { LimitsModule, RateLimits, Tally } from './index.js';

let database: TestDatabase;
let app: TestApp;
let rateLimits: RateLimits;
let tenantId: TenantId;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [LimitsModule] });
  rateLimits = app.get(RateLimits);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});
beforeEach(() => {
  tenantId = asTenantId(newId());
});

const remaining = (limit: keyof typeof limits) => rateLimits.quota(tenantId, limit, 'mia').remaining;
const spend = (limit: keyof typeof limits, left: number) =>
  rateLimits.count(tenantId, limit, 'mia', remaining(limit) - left);

describe('a request', () => {
  it('takes the last one that is left, and is refused after it, until the window ends', () => {
    spend('user', 1);
    new Tally(rateLimits).take(tenantId, 'user', 'mia');
    const resetAt = rateLimits.quota(tenantId, 'user', 'mia').resetAt.getTime();
    const seconds = (resetAt - app.clock.now().getTime()) / 1000;
    const late = new Tally(rateLimits);
    expect(() => late.take(tenantId, 'user', 'mia')).toThrow(
      expect.objectContaining({ code: 'throttled', status: 429, retryAfterSeconds: seconds }),
    );
    expect(() => late.require(tenantId, 'user', 'mia')).toThrow(`in ${seconds} s`);
    app.clock.advance(seconds);
    expect(() => late.take(tenantId, 'user', 'mia')).not.toThrow();
  });

  it('is told to wait for whole seconds, and for one at least', () => {
    spend('user', 0);
    app.clock.advance(59.9995 - ((app.clock.now().getTime() / 1000) % 60));
    expect(() => new Tally(rateLimits).require(tenantId, 'user', 'mia')).toThrow(
      expect.objectContaining({ retryAfterSeconds: 1 }),
    );
    app.clock.advance(60);
  });

  it('that one limit refuses counts against none', () => {
    spend('tenant', 0);
    const tally = new Tally(rateLimits);
    tally.take(tenantId, 'user', 'mia');
    expect(remaining('user')).toBe(limits.user - 1);
    expect(() => tally.take(tenantId, 'tenant', 'mia')).toThrow();
    expect(remaining('user')).toBe(limits.user);
    expect(tally.nearest()).toMatchObject({ limit: limits.tenant, remaining: 0 });
  });

  it('that only looks counts nothing, and neither is it told of that limit', () => {
    const tally = new Tally(rateLimits);
    tally.require(tenantId, 'client-guesses', 'mia');
    expect(remaining('client-guesses')).toBe(limits['client-guesses']);
    expect(tally.nearest()).toBeUndefined();
  });

  it('is told of the limit that is nearest to its end, with what it cost itself', () => {
    spend('tenant', 10);
    const tally = new Tally(rateLimits);
    for (const limit of ['user', 'tenant', 'oauth-client'] as const) tally.take(tenantId, limit, 'mia');
    expect(tally.nearest()).toMatchObject({ limit: limits.tenant, remaining: 9 });
    tally.add(tenantId, 'tenant', 'mia', 100);
    expect(tally.nearest()).toMatchObject({ limit: limits.tenant, remaining: 0 });
  });
});
