import { expect, it } from 'vitest';
import { asTenantId, type Database, type Wakeups } from '#libs/database';
import { FakeClock } from '#libs/testing';
import { Denials } from './denials.js';

const tenantId = asTenantId('00000000-0000-7000-8000-000000000001');
const clock = new FakeClock();
const token = { tenantId, id: 't', rootId: null, grantId: null, userId: 'u', clientId: 'c', issuedAt: clock.now() };
const wakeups = { listen: () => undefined } as unknown as Wakeups;

/** It fails some times, and then answers that the user is denied. */
function databaseThatFails(times: number): Database {
  let failures = 0;
  const query = () => {
    if (failures < times) {
      failures += 1;
      return Promise.reject(new Error('The database is away.'));
    }
    return Promise.resolve([{ tenantId, kind: 'user', subject: 'u', issuedBefore: null, expiresAt: null }]);
  };
  return { overTenants: { query } } as unknown as Database;
}

it('a process that has started knows what is denied, though the database was away at first', async () => {
  const denials = new Denials(databaseThatFails(2), clock, wakeups);
  await denials.onApplicationBootstrap();
  expect(denials.isDenied(token)).toBe(true);
});

it('a process that can not read what is denied does not start', async () => {
  const denials = new Denials(databaseThatFails(Infinity), clock, wakeups);
  await expect(denials.onApplicationBootstrap()).rejects.toThrow('The revocations can not be read');
}, 20_000);
