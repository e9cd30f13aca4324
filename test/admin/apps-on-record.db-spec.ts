import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appDocument } from '#libs/testing';
import type { Answer } from '../main-job/answer.js';
import { RegistryScene } from '../registry/registry-scene.js';

const TENANT = '/admin/tenants/acme-notes';
const SECRET = 'the-secret-of-the-client';

interface Entry {
  action: string;
  actor: string;
  address: string | null;
  request_id: string | null;
  subject: string;
  details: object;
}

let scene: RegistryScene;
let key: { id: string; key: string };
let apps = 0;

beforeAll(async () => {
  scene = await RegistryScene.start();
  const made = await scene.gatehouse.admin('POST', '/admin/keys', { name: 'own', tenant: 'acme-notes' });
  key = made.json as typeof key;
});
afterAll(() => scene?.close());

const newKey = () => `crm-${(apps += 1)}`;
const register = (document: object, bearer = scene.gatehouse.adminToken) =>
  scene.gatehouse.call('POST', '/admin/apps', { bearer, json: document });
const set = (app: string, json: object, bearer = key.key) =>
  scene.gatehouse.call('PUT', `${TENANT}/apps/${app}`, { bearer, json });

async function entriesOf(chain: string, app: string): Promise<Entry[]> {
  const answer = await scene.gatehouse.admin('GET', `${chain}/audit?subject=${app}&limit=50`);
  return (answer.json as { entries: Entry[] }).entries.toReversed();
}

/** An app that the tenant has not set anything for. */
async function newApp(): Promise<string> {
  const app = newKey();
  expect((await register(appDocument(app, 'https://crm.example'))).status).toBe(201);
  return app;
}

/** What `work` asks for can not go on record. */
async function withoutRecord(action: string, work: () => Promise<Answer>): Promise<void> {
  await scene.database.query(
    `ALTER TABLE audit_entries ADD CONSTRAINT not_recorded CHECK (action <> '${action}') NOT VALID`,
  );
  try {
    expect((await work()).status).toBe(500);
  } finally {
    await scene.database.query(`ALTER TABLE audit_entries DROP CONSTRAINT not_recorded`);
  }
}

describe("the platform's audit says of an app", () => {
  it('who registered it, from where, and which version came of it', async () => {
    const app = newKey();
    await register(appDocument(app, 'https://crm.example'));
    await register(appDocument(app, 'https://elsewhere.example'));
    const by = { action: 'app.registered', actor: 'admin-token', address: '127.0.0.1', subject: app };
    const requestId = expect.stringMatching(/./);
    expect(await entriesOf('/admin/platform', app)).toMatchObject([
      { ...by, request_id: requestId, details: { change: 'new', version: 1, source: 'admin' } },
      { ...by, request_id: requestId, details: { change: 'changed', version: 2, source: 'admin' } },
    ]);
  });

  it('nothing of a document that changed nothing, or was refused', async () => {
    const app = await newApp();
    await register(appDocument(app, 'https://crm.example'));
    await register({ ...appDocument(app, 'https://crm.example'), tags: [] });
    expect((await register({ ...appDocument(app, 'https://crm.example'), paths: 7 })).status).toBe(400);
    expect((await register(appDocument(app, 'https://elsewhere.example'), key.key)).status).toBe(403);
    expect(await entriesOf('/admin/platform', app)).toHaveLength(1);
  });

  it('all, or there is no such app', async () => {
    const app = newKey();
    await withoutRecord('app.registered', () => register(appDocument(app, 'https://crm.example')));
    expect(await scene.database.query(`SELECT 1 FROM apps WHERE key = $1`, [app])).toEqual([]);
  });
});

describe("a tenant's audit says of an app", () => {
  it('who set what for it, and where its tokens go, but no secret', async () => {
    const app = await newApp();
    const oauth = { client_id: 'acme', client_secret: SECRET };
    expect((await set(app, { oauth, scopes: ['things'] })).status).toBe(200);
    const url = `${scene.server.origin}/api/key-of-the-path?key=1`;
    expect((await set(app, { server_url: url, enabled: false })).status).toBe(200);
    const by = { action: 'app.changed', actor: `admin-key:${key.id}`, address: '127.0.0.1', subject: app };
    const entries = await entriesOf(TENANT, app);
    expect(entries).toMatchObject([by, by]);
    expect(entries.map(({ details }) => details)).toEqual([
      { members: 'oauth scopes' },
      { members: 'server_url enabled', enabled: false, server: scene.server.origin },
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/the-secret-of|key-of-the-path/);
  });

  it('nothing of a call that set nothing, or was refused', async () => {
    const app = await newApp();
    expect((await set(app, {})).status).toBe(200);
    expect((await set(app, { server_url: 'http://169.254.169.254/' })).status).toBe(400);
    expect((await set('key-app', { oauth: { client_id: 'acme', client_secret: SECRET } })).status).toBe(400);
    expect([...(await entriesOf(TENANT, app)), ...(await entriesOf(TENANT, 'key-app'))]).toEqual([]);
  });

  it('all, or it is as it was', async () => {
    const app = await newApp();
    const rows = () =>
      scene.database.query(
        `SELECT server_url, oauth_client_id FROM tenant_apps JOIN apps ON apps.id = app_id WHERE key = $1`,
        [app],
      );
    const change = { server_url: scene.server.origin, oauth: { client_id: 'acme', client_secret: SECRET } };
    await withoutRecord('app.changed', () => set(app, change));
    expect(await rows()).toEqual([]);
    expect((await set(app, change)).status).toBe(200);
    expect(await rows()).toEqual([{ server_url: scene.server.origin, oauth_client_id: 'acme' }]);
  });
});
