import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { buildRequest, defineApp, findOperation, inputFields, parseDocument } from '#libs/catalog';
import { DocumentCheck } from './document-check.js';
import type { Json } from './raw-document.js';

const FOLDER = join(import.meta.dirname, '..', '..', 'apps.d');
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
const textOf = (file: string) => readFileSync(join(FOLDER, file), 'utf8');
const appOf = async (file: string) => defineApp(await parseDocument(textOf(file)));

test('three ship', () => {
  expect(files).toEqual(['github.yaml', 'google-sheets.yaml', 'hubspot.yaml']);
});

describe.each(files)('%s', (file) => {
  test('says how an account is connected, whose it is, and what becomes of its refresh token', async () => {
    const { key, security, identity, categories } = await appOf(file);
    expect(file).toBe(`${key}.yaml`);
    expect(security).toMatchObject({ kind: 'oauth2', refresh: { rotation: expect.any(String) as string } });
    expect([identity, categories.length > 0]).toEqual([expect.any(Object), true]);
  });

  test('offers 5 to 12 actions, each with a title and a description of its own', async () => {
    const { actions, skipped } = await appOf(file);
    expect(skipped).toEqual([]);
    expect(actions.length).toBeGreaterThanOrEqual(5);
    expect(actions.length).toBeLessThanOrEqual(12);
    expect(new Set(actions.map(({ title }) => title)).size).toBe(actions.length);
    for (const { key, title, description } of actions) expect([key, title, description]).not.toContain('');
  });

  test('has a result for every action that names its parts', async () => {
    const { actions, outputs } = await appOf(file);
    expect(actions.filter(({ key }) => (outputs[key] ?? []).length === 0)).toEqual([]);
  });

  test('has a request for each, as the document permits it', async () => {
    const checked = new DocumentCheck(parse(textOf(file)) as Json, await appOf(file)).run();
    expect(checked).toMatchObject({ wrong: [], unsampled: [], misfit: [] });
  });
});

test('a sheet is chosen once its spreadsheet is', async () => {
  const app = await appOf('google-sheets.yaml');
  const append = findOperation(app, 'append_rows');
  const fields = append ? inputFields(append) : [];
  expect(fields.find(({ id }) => id === 'range')?.dependsOn).toEqual(['spreadsheetId']);
});

test('rows are added with the default way of reading them', async () => {
  const append = findOperation(await appOf('google-sheets.yaml'), 'append_rows');
  const inputs = { spreadsheetId: 'abc', range: 'Sheet1!A:B', values: '[["Ada", 1]]' };
  expect(append && buildRequest(append, inputs, append.serverUrl)).toMatchObject({
    method: 'POST',
    url: 'https://sheets.googleapis.com/v4/spreadsheets/abc/values/Sheet1!A%3AB:append?valueInputOption=USER_ENTERED',
    body: '{"values":[["Ada",1]]}',
  });
});
