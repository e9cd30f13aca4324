import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestDatabase,
  type HttpServer,
  json,
  type ServiceProcess,
  startHttpServer,
  startService,
  type TestDatabase,
} from '#libs/testing';

let database: TestDatabase;
let jwksServer: HttpServer;
let service: ServiceProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  jwksServer = await startHttpServer();
  service = await startService({ databaseUrl: database.url, env: { EGRESS_ALLOW: '127.0.0.0/8' } });
});
afterAll(async () => {
  await service?.stop();
  await jwksServer?.close();
  await database?.drop();
});

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = (kid: string) => ({ ...pair.publicKey.export({ format: 'jwk' }), kid });
const TENANT = { slug: 'acme', name: 'Acme', issuer: 'https://acme.test', audience: 'gatehouse.test' };
const trustPath = '/admin/tenants/acme/trust';

async function admin(method: string, path: string, body?: object, token = service.adminToken) {
  const response = await fetch(service.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function signed(): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: TENANT.issuer, aud: TENANT.audience, sub: 'user-1', org_id: 'org-1', iat, exp: iat + 120 };
  const parts = [{ alg: 'ES256', kid: 'k1' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const signature = sign('sha256', Buffer.from(parts.join('.')), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
  return [...parts, signature.toString('base64url')].join('.');
}

describe('the trust of a tenant', () => {
  it.each([
    ['GET', trustPath],
    ['POST', `${trustPath}/refresh`],
    ['POST', `${trustPath}/explain`],
  ])('is not shown without the admin token: %s %s', async (method, path) => {
    expect((await admin(method, path, undefined, 'wrong')).status).toBe(401);
  });

  it.each(['http://93.184.216.34/jwks', 'https://10.0.0.1/jwks', 'https://169.254.169.254/jwks', 'https://[::1]/jwks'])(
    'is not registered at %s',
    async (uri) => {
      const refused = await admin('POST', '/admin/tenants', { ...TENANT, trust: { jwks_uri: uri } });
      expect(refused).toMatchObject({
        status: 400,
        body: {
          code: 'invalid',
          errors: [{ pointer: '/trust/jwks_uri', detail: expect.stringContaining('HTTPS on a public address') }],
        },
      });
    },
  );

  it('is fetched, refreshed and explained', async () => {
    jwksServer.answerWith(json(200, { keys: [key('k1'), { ...key('k2'), use: 'enc' }] }));
    const jwksUri = `${jwksServer.origin}/jwks`;
    const created = await admin('POST', '/admin/tenants', { ...TENANT, trust: { jwks_uri: jwksUri } });
    expect(created.status).toBe(201);
    expect((await admin('GET', trustPath)).body).toMatchObject({
      source: { jwks_uri: jwksUri },
      health: 'not_fetched',
      keys: [],
    });

    const refreshed = await admin('POST', `${trustPath}/refresh`);
    expect(refreshed).toEqual({
      status: 200,
      body: {
        source: { jwks_uri: jwksUri },
        fetched_at: expect.any(String),
        fresh_until: expect.any(String),
        stale: false,
        stale_until: expect.any(String),
        health: 'ok',
        last_error: null,
        last_attempt_at: expect.any(String),
        failures: 0,
        keys: [
          { kid: 'k1', alg: null, kty: 'EC', source: 'url', first_seen_at: expect.any(String), last_used_at: null },
        ],
        ignored: [{ kid: 'k2', reason: 'Its use is "enc", not "sig".' }],
      },
    });

    const explained = await admin('POST', `${trustPath}/explain`, { token: signed() });
    expect(explained).toMatchObject({ status: 200, body: { valid: true } });
    expect((explained.body.checks as object[])[0]).toEqual({ check: 'size', ok: true, detail: expect.any(String) });
  });

  it('may be both: uploaded keys beside the URL', async () => {
    const trust = { jwks_uri: `${jwksServer.origin}/jwks`, jwks: { keys: [key('k3')] } };
    expect((await admin('PATCH', '/admin/tenants/acme', { trust })).status).toBe(200);
    expect((await admin('GET', trustPath)).body).toMatchObject({
      source: { jwks_uri: trust.jwks_uri, uploaded: true },
      keys: [
        { kid: 'k3', source: 'uploaded' },
        { kid: 'k1', source: 'url' },
      ],
    });
  });

  it('explains a token of any length, and refuses what is none', async () => {
    const long = await admin('POST', `${trustPath}/explain`, { token: 'x'.repeat(1_000_000) });
    expect(long).toMatchObject({ status: 200, body: { valid: false, checks: [{ check: 'size', ok: false }] } });
    expect(await admin('POST', `${trustPath}/explain`, { token: 1 })).toMatchObject({
      status: 400,
      body: { code: 'invalid', errors: [{ pointer: '/token' }] },
    });
  });
});
