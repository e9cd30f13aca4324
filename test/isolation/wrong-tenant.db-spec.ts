import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminKeysModule } from '#libs/admin-keys';
import { AuditModule } from '#libs/audit';
import { AuditChainModule } from '#libs/audit-chain';
import { CatalogModule } from '#libs/catalog';
import { ConnectModule } from '#libs/connect';
import { ConnectionsModule } from '#libs/connections';
import { Database, newId, type TenantId } from '#libs/database';
import { EventsModule } from '#libs/events';
import { IdempotencyModule } from '#libs/idempotency';
import { LimitsModule } from '#libs/limits';
import { AuthorizationModule, OauthModule } from '#libs/oauth';
import { RefreshModule } from '#libs/refresh';
import { RunsModule } from '#libs/runs';
import { SigningKeysModule } from '#libs/signing-keys';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { TrustedKeysModule } from '#libs/trusted-keys';
import { UpstreamModule } from '#libs/upstream';
import { VaultModule } from '#libs/vault';
import { WebhooksModule } from '#libs/webhooks';
import { type AnyRow, CONTENTS, fillTables } from './any-row.js';
import { argumentsOf } from './arguments-of.js';
import { type TenantMethod, tenantMethods } from './tenant-methods.js';

const MODULES = [
  AdminKeysModule,
  AuditModule,
  AuditChainModule,
  AuthorizationModule,
  CatalogModule,
  ConnectModule,
  ConnectionsModule,
  EventsModule,
  IdempotencyModule,
  LimitsModule,
  OauthModule,
  RefreshModule,
  RunsModule,
  SigningKeysModule,
  TrustedKeysModule,
  UpstreamModule,
  VaultModule,
  WebhooksModule,
];
const METHODS = tenantMethods();
/** The last is of a data key that came as an argument: ours has no part in it. */
const REFUSALS = new Set(['Problem', 'AuthorizationError', 'UnknownKeyError']);

const theirs = newId();
let rows: AnyRow[];
let ours: TenantId;
let testDatabase: TestDatabase;
let app: TestApp;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  app = await startTestApp({ databaseUrl: testDatabase.url, imports: MODULES });
  ours = (await createTenant(app)).id;
  rows = await fillTables(app.database, theirs);
  // The stores are to keep tenants apart by themselves: row-level security stands behind them, and must not be what answers here.
  for (const { table } of rows) await app.database.query(`ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`);
});
afterAll(async () => {
  await app?.close();
  await testDatabase?.drop();
});

async function theirRows(): Promise<string[]> {
  const dumps = rows.map(async ({ table, owner }) => {
    const found = await app.database.query(`SELECT * FROM ${table} WHERE ${owner} = $1`, [theirs]);
    return `${table}: ${JSON.stringify(found)}`;
  });
  return Promise.all(dumps);
}

type Service = Record<string, (...values: unknown[]) => unknown>;

async function call(called: TenantMethod): Promise<unknown> {
  const { [called.service]: type } = (await import(resolve(called.file))) as Record<string, new () => Service>;
  if (!type) throw new Error(`${called.file} exports no ${called.service}.`);
  const service = app.get(type);
  return app
    .get(Database)
    .of(ours)
    .transaction(async (tx) => {
      const values = argumentsOf(called, tx, app.clock.now());
      return service[called.method]?.(ours, ...values);
    });
}

/** A refusal is an answer; whoever did not get as far as asking was called wrongly. */
function isRefusal(error: unknown): boolean {
  const code = (error as { driverError?: { code?: string } }).driverError?.code;
  return (error instanceof Error && REFUSALS.has(error.name)) || (code !== undefined && !/^(42|22)/.test(code));
}

describe('with the ids of another tenant', () => {
  it('there are methods to call', () => {
    expect(METHODS.length).toBeGreaterThan(200);
  });

  it.each(METHODS.map((called) => [`${called.service}.${called.method}`, called] as const))(
    '%s shows and changes nothing of theirs',
    async (_, called) => {
      const before = await theirRows();
      const answer = await call(called).catch((error: unknown) => {
        if (!isRefusal(error)) throw error;
        return error;
      });
      const shown = inspect(answer, { depth: 10, maxArrayLength: null, maxStringLength: null });
      for (const seen of [theirs, CONTENTS.text, CONTENTS.day]) expect(shown).not.toContain(seen);
      expect(await theirRows()).toEqual(before);
    },
  );
});
