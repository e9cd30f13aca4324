import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { Secret } from '#libs/crypto';
import { Database, newId, type ScopedDatabase, type TenantId, type Transaction } from '#libs/database';
import { IdempotencyKeys, IdempotencyModule } from '#libs/idempotency';
import { SystemClock } from '#libs/scheduling';
import { createTenant, createUser, startTestApp, type TestApp } from '#libs/testing';
import { type SecretPlace, Vault, VaultModule } from '#libs/vault';
import { inFlight } from './in-flight.js';
import { inspectSelf } from './inspector.js';
import type { Measure, Runner } from './measure.js';
import type { Suite } from './suite.js';

const TENANTS = 50;
const WIDTH = 16;

interface Owner {
  tenantId: TenantId;
  userId: string;
  place: SecretPlace;
}

/** What it costs that each statement names its tenant and meets row-level security, against the same by the owner of the tables. */
export const databaseScope: Suite = {
  async prepare(bench) {
    const databaseUrl = await bench.database();
    const keyring = [{ id: 'k1', key: randomBytes(32) }];
    const options = { databaseUrl, keyring, imports: [VaultModule, IdempotencyModule], clock: new SystemClock() };
    const held = () =>
      bench.hold(
        () => startTestApp(options),
        (running) => running.close(),
      );
    const [ours, plain] = [await held(), await held()];
    withoutScope(plain);
    const owners = await enrol(ours);
    const against = (name: string, unit: string, path: (app: TestApp<SystemClock>) => Runner): Measure => ({
      name,
      unit,
      ours: path(ours),
      baselines: { 'the same without a scope': path(plain) },
    });
    const measures = [
      against('one row by its key', 'rows', (app) => oneRow(app, owners)),
      against('hand out a secret', 'secrets', (app) => secrets(app, owners)),
      against('write and take back a row', 'rows', (app) => written(app, owners)),
      against('a transaction of two statements', 'transactions', (app) => transactions(app, owners)),
    ];
    return { measures, inspect: () => Promise.resolve(inspectSelf()) };
  },
};

/** As it was before there were scopes: by the owner, whom row-level security does not hold. */
function withoutScope(app: TestApp<SystemClock>): void {
  const dataSource = app.get(DataSource);
  const rowsOf = async <Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> => {
    const runner = dataSource.createQueryRunner();
    const client = (await runner.connect()) as { before: unknown };
    const { before } = client;
    client.before = null;
    try {
      return (await runner.query(sql, [...parameters], true)).records as Row[];
    } finally {
      client.before = before;
      await runner.release();
    }
  };
  const transaction = async <Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> => {
    const runner = dataSource.createQueryRunner();
    const client = (await runner.connect()) as { before: unknown };
    const { before } = client;
    client.before = null;
    try {
      await runner.startTransaction();
      const query = async <Row>(sql: string, parameters: readonly unknown[] = []) =>
        (await runner.query(sql, [...parameters], true)).records as Row[];
      const result = await work({ manager: runner.manager, query });
      await runner.commitTransaction();
      return result;
    } finally {
      client.before = before;
      await runner.release();
    }
  };
  app.get(Database).of = () => ({ query: rowsOf, transaction }) as unknown as ScopedDatabase;
}

async function enrol(app: TestApp<SystemClock>): Promise<Owner[]> {
  const owners: Owner[] = [];
  for (let count = 0; count < TENANTS; count += 1) {
    const { id: tenantId } = await createTenant(app);
    const userId = await createUser(app, tenantId);
    const place = { kind: 'connection', rowId: newId(), field: 'credentials' } as const;
    await app.get(Vault).put(tenantId, place, new Secret({ accessToken: 'secret' }));
    owners.push({ tenantId, userId, place });
  }
  return owners;
}

function oneRow(app: TestApp<SystemClock>, owners: readonly Owner[]): Runner {
  const database = app.get(Database);
  return each(owners, async ({ tenantId, userId }) => {
    const rows = await database
      .of(tenantId)
      .query(`SELECT id, org, subject FROM users WHERE tenant_id = $1 AND id = $2`, [tenantId, userId]);
    if (rows.length !== 1) throw new Error('The row was not found.');
  });
}

function secrets(app: TestApp<SystemClock>, owners: readonly Owner[]): Runner {
  const vault = app.get(Vault);
  return each(owners, async ({ tenantId, place }) => {
    if (!(await vault.get(tenantId, place))) throw new Error('The secret was not found.');
  });
}

function written(app: TestApp<SystemClock>, owners: readonly Owner[]): Runner {
  const keys = app.get(IdempotencyKeys);
  return each(owners, async ({ tenantId, userId }) => {
    const digest = Buffer.from(newId());
    const request = { userId, keyDigest: digest, fingerprint: digest };
    await keys.begin(tenantId, request);
    await keys.abandon(tenantId, request);
  });
}

function transactions(app: TestApp<SystemClock>, owners: readonly Owner[]): Runner {
  const database = app.get(Database);
  return each(owners, ({ tenantId, userId }) =>
    database.of(tenantId).transaction(async (tx) => {
      await tx.query(`SELECT id FROM users WHERE tenant_id = $1 AND id = $2 FOR SHARE`, [tenantId, userId]);
      await tx.query(`SELECT id FROM tenants WHERE id = $1`, [tenantId]);
    }),
  );
}

function each(owners: readonly Owner[], work: (owner: Owner) => Promise<unknown>): Runner {
  return inFlight(WIDTH, (turn) => work(owners[turn % owners.length] as Owner));
}
