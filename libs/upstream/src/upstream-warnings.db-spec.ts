import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SigningKeysModule } from '#libs/signing-keys';
import {
  createTestDatabase,
  enrolAtEmulator,
  FakeClock,
  startTestApp,
  type EmulatorTenant,
  type TestApp,
  type TestDatabase,
  ZapierEmulator,
} from '#libs/testing';
import { UpstreamModule, UpstreamWarnings, Upstreams } from './index.js';

let database: TestDatabase;
let emulator: ZapierEmulator;
let app: TestApp;
let tenant: EmulatorTenant;

beforeAll(async () => {
  database = await createTestDatabase();
  emulator = await ZapierEmulator.start();
  const clock = new FakeClock(new Date());
  app = await startTestApp({ databaseUrl: database.url, imports: [SigningKeysModule, UpstreamModule], clock });
});
beforeEach(async () => {
  tenant = await enrolAtEmulator(app, emulator, { callsPerAddress: 10_000, callsPerPartner: 10_000 });
  await set('synced_at', app.clock.now());
});
afterEach(async () => {
  await emulator.ask('refuse', { refuses: false });
  await emulator.ask('clearRules', {});
  // A 429 is for all who call from here.
  await app.database.query(`DELETE FROM upstream_budgets`);
  await emulator.ask('forgetCalls');
});
afterAll(async () => {
  await app?.close();
  await emulator?.close();
  await database?.drop();
});

async function set(column: string, value: unknown): Promise<void> {
  const { tenantId, upstream } = tenant;
  await app.database.query(`UPDATE upstreams SET ${column} = $2 WHERE tenant_id = $1`, [tenantId, value]);
  app.get(Upstreams).forget(upstream);
}

const warnings = () => app.get(UpstreamWarnings).of(tenant.tenantId);
const codes = async () => (await warnings()).map(({ code }) => code);

describe('an upstream', () => {
  it('that answers is no cause for a warning, and is asked how it is but now and then', async () => {
    expect(await warnings()).toEqual([]);
    expect(await emulator.ask('calls')).toMatchObject([{ method: 'GET', path: '/v2/apps' }]);
    expect(await warnings()).toEqual([]);
    expect(await emulator.ask('calls')).toHaveLength(1);
    app.clock.advance(11);
    expect(await warnings()).toEqual([]);
    expect(await emulator.ask('calls')).toHaveLength(2);
  });

  it('that is down is known to be at once, and to be back a little later', async () => {
    await emulator.ask('refuse', { refuses: true });
    expect(await warnings()).toEqual([
      { source: 'zapier', code: 'failing', detail: expect.stringContaining('could not be asked') as string },
    ]);
    await emulator.ask('refuse', { refuses: false });
    app.clock.advance(11);
    expect(await warnings()).toEqual([]);
  });

  it('that keeps silent is waited for no longer than a moment', async () => {
    await emulator.ask('rule', { kind: 'hang', path: '/v2/apps' });
    expect(await codes()).toEqual(['slow']);
  });

  it('that is left alone is not asked', async () => {
    await set('paused_until', app.clock.in(60));
    expect(await codes()).toEqual(['paused']);
    expect(await emulator.ask('calls')).toEqual([]);
  });

  it('that is switched off is not asked', async () => {
    await set('enabled', false);
    expect(await codes()).toEqual(['disabled']);
    expect(await emulator.ask('calls')).toEqual([]);
  });

  it('whose apps are not all read yet says so', async () => {
    await set('synced_at', null);
    expect(await codes()).toEqual(['incomplete']);
  });

  it('that gives our client no tokens says why', async () => {
    await set('refusal', 'the client secret is wrong');
    expect(await warnings()).toMatchObject([{ code: 'failing', detail: expect.stringContaining('secret') as string }]);
  });

  it('is nothing to another tenant', async () => {
    await set('enabled', false);
    const other = await enrolAtEmulator(app, emulator, { name: 'other' });
    expect((await app.get(UpstreamWarnings).of(other.tenantId)).map(({ source }) => source)).toEqual(['other']);
  });
});
