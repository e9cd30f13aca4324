import { afterEach, beforeEach, expect, test } from 'vitest';
import { newId } from '#libs/database';
import { createBareDatabase, queryOnce, type TestDatabase } from '#libs/testing';
import { migrations, migrationSource, runMigrations, undoMigration } from '../../migrations/data-source.js';

const [tenant, user, app, otherApp] = [newId(), newId(), newId(), newId()];
const firstRelease = 9;
const DAY = 86_400_000;
const CREATED_AT = new Date('2026-01-01T00:00:00Z');
const later = (days: number) => new Date(CREATED_AT.getTime() + days * DAY);

let database: TestDatabase;
const query = (sql: string, ...values: unknown[]) => queryOnce(database.url, sql, values);

beforeEach(async () => {
  database = await createBareDatabase();
  const source = await migrationSource(database.url, migrations.slice(0, firstRelease)).initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
  await query(
    `INSERT INTO tenants (id, slug, name, issuer, audience) VALUES ($1, 'acme', 'Acme', 'https://acme.example', 'gatehouse')`,
    tenant,
  );
  await query(`INSERT INTO users (tenant_id, id, org, subject) VALUES ($1, $2, 'acme', 'ada')`, tenant, user);
  for (const [id, key] of [[app, 'one'] as const, [otherApp, 'two'] as const])
    await query(
      `INSERT INTO apps (id, key, title, source, definition) VALUES ($1, $2, $2, 'admin', '{"actions": [], "operations": {}}')`,
      id,
      key,
    );
});
afterEach(() => database?.drop());

async function connection(appId: string, status: string, days: number): Promise<string> {
  const id = newId();
  await query(
    `INSERT INTO connections (tenant_id, id, user_id, app_id, title, status, status_since, last_refreshed_at, created_at)
     VALUES ($1, $2, $3, $4, 'Ada', $5, $6, $6, $6)`,
    tenant,
    id,
    user,
    appId,
    status,
    later(days),
  );
  return id;
}

async function run(appId: string): Promise<string> {
  const id = newId();
  await query(
    `INSERT INTO runs (tenant_id, id, user_id, app_id, action_key, state, created_at) VALUES ($1, $2, $3, $4, 'do', 'queued', $5)`,
    tenant,
    id,
    user,
    appId,
    CREATED_AT,
  );
  await query(
    `INSERT INTO run_jobs (tenant_id, id, phase, deadline, due_at) VALUES ($1, $2, 'execute', $3, $3)`,
    tenant,
    id,
    CREATED_AT,
  );
  return id;
}

async function undoTo(name: string): Promise<void> {
  const source = await migrationSource(database.url).initialize();
  const index = migrations.findIndex((migration) => migration.name.startsWith(name));
  for (const _ of migrations.slice(index)) await undoMigration(source);
  await source.destroy();
}

test('the oldest connection of a user to an app becomes the default, pending ones aside', async () => {
  await connection(app, 'pending', 0);
  await connection(app, 'connected', 2);
  const oldest = await connection(app, 'needs_reauth', 1);
  const only = await connection(otherApp, 'connected', 3);
  await connection(otherApp, 'pending', 4);
  await runMigrations(database.url);
  const defaults = await query(`SELECT id FROM connections WHERE is_default ORDER BY created_at`);
  expect(defaults).toEqual([{ id: oldest }, { id: only }]);
});

test('runs get the version of their app and a week from when they began, their jobs the app', async () => {
  const gone = newId();
  const ids = [await run(app), await run(otherApp), await run(gone)];
  await runMigrations(database.url);
  expect(await query(`SELECT id, app_version, expires_at FROM runs ORDER BY id`)).toEqual(
    ids.map((id) => ({ id, app_version: 1, expires_at: later(7) })),
  );
  const jobs = await query(`SELECT app_id FROM run_jobs ORDER BY id`);
  expect(jobs).toEqual([{ app_id: app }, { app_id: otherApp }, { app_id: gone }]);
});

test('going back takes the rows along that the release before does not know, and no others', async () => {
  await runMigrations(database.url);
  const kept = await connection(app, 'connected', 0);
  await connection(app, 'deleted', 1);
  await query(
    `INSERT INTO runs (tenant_id, id, user_id, app_id, action_key, state, app_version, expires_at) VALUES ($1, $2, $4, $5, 'do', 'cancelled', 1, $6), ($1, $3, $4, $5, 'do', 'succeeded', 1, $6)`,
    tenant,
    newId(),
    newId(),
    user,
    app,
    CREATED_AT,
  );
  await query(
    `INSERT INTO clients (tenant_id, client_id, name, grants, scopes) VALUES ($1, 'client', 'Acme', '{}', '{}')`,
    tenant,
  );
  await query(
    `INSERT INTO authorization_grants (tenant_id, id, client_id, user_id, scopes, created_at)
     VALUES ($1, $2, 'client', $4, '{}', $5), ($1, $3, 'client', $4, '{}', $6)`,
    tenant,
    newId(),
    newId(),
    user,
    later(0),
    later(2),
  );
  await query(
    `INSERT INTO authorization_ends (tenant_id, kind, subject, ended_at) VALUES ($1, 'user', $2, $3)`,
    tenant,
    user,
    later(1),
  );
  await undoTo('VaultRotation');
  expect(await query(`SELECT id FROM connections`)).toEqual([{ id: kept }]);
  expect(await query(`SELECT state FROM runs`)).toEqual([{ state: 'succeeded' }]);
  const revoked = await query(`SELECT revoked_at FROM authorization_grants ORDER BY created_at`);
  expect(revoked).toEqual([{ revoked_at: later(1) }, { revoked_at: null }]);
});
