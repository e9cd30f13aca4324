import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SwaggerParser from '@apidevtools/swagger-parser';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCrm, type Crm } from './crm.js';
import { ApiClient, authorizeUrl, Browser, client } from './test-client.js';

let dataDir: string;
let crm: Crm;
let api: ApiClient;

const port = () => Number(new URL(crm.url).port);
const start = (at = 0) => startCrm({ host: '127.0.0.1', port: at, dataDir, clients: [client] });
const kinds = () => readFileSync(join(dataDir, 'crm.json'), 'utf8').match(/"oidc:(AccessToken|AuthorizationCode)/g);

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'crm-'));
  crm = await start();
  api = new ApiClient(crm.url);
});

afterEach(async () => {
  vi.useRealTimers();
  await crm.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function restart(): Promise<void> {
  await crm.close();
  crm = await start(port());
}

/** The OAuth library reads the system's time, so it is the system's time that moves. */
function pass(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + seconds * 1000);
}

describe('the API', () => {
  it('refuses a caller without a token, and one whose token has expired', async () => {
    expect((await api.call('/api/me')).headers.get('www-authenticate')).toBe('Bearer realm="Acme CRM"');
    const { access } = await api.connect();
    pass(121);
    const refused = await api.call('/api/me', access);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it('refuses a token without the scope', async () => {
    const { access } = await api.connect('contacts:read');
    const refused = await api.call('/api/contacts', access, { email: 'a@b.test', list_id: 'lst_leads' });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('scope="contacts:write"');
  });

  it('names the account', async () => {
    const { access } = await api.connect();
    const me: unknown = await (await api.call('/api/me', access)).json();
    expect(me).toEqual({ id: 'usr_ada', email: 'ada@acme-crm.test', name: 'Ada Lindqvist' });
  });

  it('creates a contact and shows it first, in the API and on the page', async () => {
    const { access } = await api.connect();
    const sent = { email: 'lin@example.test', first_name: 'Lin', list_id: 'lst_leads', stage: 'trial', vip: true };
    const created = await api.call('/api/contacts', access, sent);
    expect(created.status).toBe(201);
    expect(await created.json()).toMatchObject({ ...sent, created_by: 'Ada Lindqvist', created_with: 'Acme Notes' });
    const found: unknown = await (await api.call('/api/contacts?query=LIN&limit=1', access)).json();
    expect(found).toMatchObject({ contacts: [{ email: 'lin@example.test' }] });
    expect(await (await api.call('/contacts')).text()).toContain('lin@example.test');
  });

  it('says in words what is wrong with a contact', async () => {
    const { access } = await api.connect();
    const wrong: [object, string][] = [
      [{ email: 'nobody', list_id: 'lst_leads' }, 'email must be an e-mail address.'],
      [{ email: 'a@b.test' }, 'list_id is required.'],
      [{ email: 'a@b.test', list_id: 'lst_none' }, 'There is no list lst_none.'],
      [{ email: 'a@b.test', list_id: 'lst_leads', stage: 'x' }, 'stage must be one of lead, trial, customer.'],
      [{ email: 'a@b.test', list_id: 'lst_leads', vip: 'yes' }, 'vip must be true or false.'],
    ];
    for (const [sent, message] of wrong) {
      const refused = await api.call('/api/contacts', access, sent);
      expect([refused.status, await refused.json()]).toEqual([400, { message }]);
    }
  });

  it('answers 202 to an export until it is done, also when the server restarted meanwhile', async () => {
    const { access } = await api.connect();
    const started = await api.call('/api/exports', access, { format: 'csv' });
    expect([started.status, started.headers.get('retry-after')]).toEqual([202, '1']);
    const location = started.headers.get('location') ?? '';
    const waiting = await api.call(location, access);
    expect([waiting.status, waiting.headers.get('retry-after')]).toEqual([202, '1']);
    await restart();
    pass(5);
    const done = await api.call(location, access);
    const body = JSON.parse(await done.text());
    expect([done.status, body]).toMatchObject([200, { status: 'done', rows: 4, format: 'csv' }]);
    const file = await api.call(new URL(body.download_url).pathname);
    expect(await file.text()).toContain('"priya.nair@lumenworks.example"');
  });

  it('is described by a valid OpenAPI document', async () => {
    const document = JSON.parse(await (await api.call('/openapi.json')).text());
    await expect(SwaggerParser.validate(structuredClone(document))).resolves.toBeTruthy();
    expect(document.info['x-gatehouse'].key).toBe('acme-crm');
  });
});

describe('a restart', () => {
  it('loses no token, contact or sign-in', async () => {
    const { access, refresh } = await api.connect();
    await api.call('/api/contacts', access, { email: 'kept@example.test', list_id: 'lst_leads' });
    const browser = new Browser(crm.url);
    const consent = await browser.signIn(authorizeUrl());
    await restart();
    expect((await api.call('/api/me', access)).status).toBe(200);
    expect((await api.refresh(refresh)).status).toBe(200);
    expect(await (await api.call('/contacts')).text()).toContain('kept@example.test');
    expect((await browser.answer(consent, 'allow')).searchParams.get('code')).toBeTruthy();
  });

  it('still refuses a refresh token that was used before it', async () => {
    const { refresh } = await api.connect();
    await api.refresh(refresh);
    await restart();
    expect((await api.refresh(refresh)).body.error).toBe('invalid_grant');
  });
});

it('forgets what has expired, so that its file stays small', async () => {
  await api.connect();
  expect(kinds()).not.toBeNull();
  pass(3600);
  await new Browser(crm.url).open(authorizeUrl());
  expect(kinds()).toBeNull();
});

it('says in one sentence that its port is taken', async () => {
  const taken = `Acme CRM needs port ${port()}, which is taken: stop the program that listens there and start again.`;
  await expect(start(port())).rejects.toThrow(taken);
});
