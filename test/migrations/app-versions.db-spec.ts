import { afterEach, beforeEach, expect, it } from 'vitest';
import { findOperation, CatalogModule, TenantCatalog } from '#libs/catalog';
import { newId } from '#libs/database';
import { createBareDatabase, createTenant, queryOnce, startTestApp, type TestDatabase } from '#libs/testing';
import { migrations, migrationSource, runMigrations, undoMigration } from '../../migrations/data-source.js';

const own = migrations.findIndex(({ name }) => name.startsWith('AppVersions'));
const operation = (key: string) => ({
  key,
  method: 'GET',
  path: `/${key}`,
  serverUrl: 'https://a.test',
  inputs: [],
  body: null,
});
const action = (key: string) => ({ key, type: 'READ', title: key, description: '' });
const definition = {
  key: 'acme',
  title: 'Acme',
  description: '',
  image: null,
  categories: [],
  serverUrl: 'https://a.test',
  security: { kind: 'none' },
  identity: null,
  actions: [action('one'), action('two')],
  operations: { one: operation('one'), two: operation('two'), hidden: operation('hidden') },
};
const empty = { ...definition, key: 'empty', title: 'Empty', actions: [], operations: {} };

let database: TestDatabase;
const query = <Row>(sql: string, values: unknown[] = []) => queryOnce(database.url, sql, values) as Promise<Row[]>;

beforeEach(async () => {
  database = await createBareDatabase();
  const source = await migrationSource(database.url, migrations.slice(0, own)).initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
  for (const app of [definition, empty])
    await query(`INSERT INTO apps (id, key, title, source, definition) VALUES ($1, $2, $3, 'admin', $4)`, [
      newId(),
      app.key,
      app.title,
      JSON.stringify(app),
    ]);
});
afterEach(() => database?.drop());

it('apps of an older release become their own first version, with all that they could do', async () => {
  await runMigrations(database.url);
  await using app = await startTestApp({ databaseUrl: database.url, imports: [CatalogModule] });
  const { id } = await createTenant(app);
  const view = await app.get(TenantCatalog).find(id, 'acme');
  expect(view).toMatchObject({ version: 1, definition: { title: 'Acme', actionTypes: ['READ'] } });
  expect(view?.definition.actions.map(({ key }) => key)).toEqual(['one', 'two']);
  expect(view && findOperation(view.definition, 'hidden')).toEqual(operation('hidden'));
  expect((await app.get(TenantCatalog).list(id)).map(({ definition: { key } }) => key)).toEqual(['acme', 'empty']);
});

it('going back gives each app its definition again', async () => {
  const upTo = migrationSource(database.url, migrations.slice(0, own + 1));
  await upTo.initialize();
  await upTo.runMigrations({ transaction: 'each' });
  await undoMigration(upTo);
  await upTo.destroy();
  const rows = await query<{ definition: object }>(`SELECT definition FROM apps ORDER BY key`);
  expect(rows.map((row) => row.definition)).toEqual([definition, empty]);
});
