import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId } from '#libs/database';
import {
  type Answer,
  createTestDatabase,
  type HttpServer,
  json,
  newTenant,
  startHttpServer,
  startTestApp,
  temporaryFolder,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Tenants } from '#libs/tenants';
import { TrustedKeys, TrustedKeysModule } from './index.js';

const OPENSSL = 'openssl';

let database: TestDatabase;
let server: HttpServer;
let app: TestApp;
let keys: TrustedKeys;
let tenantId: TenantId;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startHttpServer();
  app = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule] });
  keys = app.get(TrustedKeys);
});
beforeEach(async () => {
  tenantId = await register(`${server.origin}/jwks`);
});
afterAll(async () => {
  await app?.close();
  await server?.close();
  await database?.drop();
});

async function register(jwksUri: string): Promise<TenantId> {
  const { tenant } = await app.get(Tenants).create(newTenant(), ({ id }, tx) => keys.register(id, { jwksUri }, tx));
  return tenant.id;
}

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = (kid: string) => ({ ...pair.publicKey.export({ format: 'jwk' }), kid });
const set = (...kids: string[]) => ({ keys: kids.map(key) });
const good = json(200, set('k1'));
const find = async (kid: string) => (await keys.find(tenantId, kid))?.kid ?? null;
const unavailable = { code: 'temporarily_unavailable' };

const raw =
  (status: number, body: string | Buffer, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(status, headers).end(body);
const text = JSON.stringify(set('k1'));
const gzip = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
const secret = { ...pair.privateKey.export({ format: 'jwk' }), kid: 'k2' };
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });

describe('a JWKS URL that answers no usable keys', () => {
  const outages: [string, Answer, string][] = [
    ['breaks off', (_, response) => response.destroy(), 'broke before the answer was complete'],
    ['500', json(500, set('k2')), 'answered 500. It must answer 200'],
    ['404', json(404, {}), 'answered 404'],
    ['204', raw(204, ''), 'answered 204'],
    ['a redirect', json(302, {}, { location: '/other' }), 'answered 302, a redirect. Redirects are not followed'],
    [
      'HTML',
      raw(200, '<html>', { 'content-type': 'text/html' }),
      'answered the content type "text/html". Serve the JWK Set as',
    ],
    ['HTML without a type', raw(200, '<html>'), "can't be read as a JWK Set: it is not JSON"],
    [
      'a key set as HTML',
      raw(200, text, { 'content-type': 'text/html; charset=utf-8' }),
      'answered the content type "text/html"',
    ],
    ['10 MB', json(200, { ...set('k2'), filler: 'x'.repeat(10_000_000) }), 'too large. Keep the JWKS below 256 KiB'],
    ['a truncated body', raw(200, text.slice(0, 50)), 'it is not JSON'],
    [
      'a body shorter than announced',
      (_, response) => {
        response.writeHead(200, { 'content-length': '5000' });
        response.write(text, () => response.destroy());
      },
      'broke before the answer was complete',
    ],
    ['a compressed body', raw(200, gzipSync(text), gzip), 'compressed body, though none was asked for'],
    ['a private key', json(200, { keys: [key('k1'), secret] }), 'private or symmetric key'],
    ['a kid twice', json(200, set('k1', 'k1')), 'the same kid "k1"'],
    ['101 keys', json(200, set(...Array.from({ length: 101 }, (_, at) => `k${at}`))), '101 keys'],
    ['a weak key alone', json(200, { keys: [{ ...weak, kid: 'k1' }] }), 'an RSA key of 1024 bits'],
    ['no keys', json(200, { keys: [] }), 'It is empty.'],
    ['no key set', json(200, { error: 'unauthorized' }), 'not a JWK Set'],
    ['a member twice', raw(200, text.replace('{', '{"keys":[],')), 'names a member twice'],
    ['2,000 levels', raw(200, `{"keys":${'['.repeat(2000)}${']'.repeat(2000)}}`), 'nested deeper than 8 levels'],
  ];

  it.each(outages)('(%s) keeps known keys for a day, cannot speak for others, and says why', async (_, answer, why) => {
    server.answerWith(good);
    await find('k1');
    app.clock.advance(300);
    server.answerWith(answer);
    expect(await find('k1')).toBe('k1');
    await expect(find('k2')).rejects.toMatchObject(unavailable);
    expect(server.requests).toHaveLength(1);
    expect(await keys.status(tenantId)).toMatchObject({
      health: 'failing',
      stale: true,
      lastError: expect.stringContaining(why),
      failures: 1,
      keys: [{ kid: 'k1' }],
    });
    app.clock.advance(86_400 - 300 + 1);
    await expect(find('k1')).rejects.toMatchObject(unavailable);
    expect(await keys.status(tenantId)).toMatchObject({ health: 'unusable', keys: [{ kid: 'k1' }] });
    server.answerWith(good);
    app.clock.advance(30);
    expect(await find('k1')).toBe('k1');
    expect(await keys.status(tenantId)).toMatchObject({ health: 'ok', stale: false, lastError: null, failures: 0 });
  });

  it('never has its private key shown', async () => {
    server.answerWith(json(200, { keys: [secret] }));
    await expect(find('k2')).rejects.toMatchObject(unavailable);
    const rows = await app.database.query(`SELECT * FROM trusted_key_sets WHERE tenant_id = $1`, [tenantId]);
    expect(JSON.stringify([rows, await keys.status(tenantId)])).not.toContain(secret.d);
  });
});

describe('a JWKS URL that answers', () => {
  it.each([
    ['application/jwk-set+json'],
    ['application/json; charset=utf-8'],
    ['text/json'],
    ['text/plain'],
    ['application/octet-stream'],
    [''],
  ])('as "%s" is read', async (type) => {
    server.answerWith(raw(200, text, type === '' ? {} : { 'content-type': type }));
    expect(await find('k1')).toBe('k1');
  });

  it('without a key that was there has revoked it', async () => {
    server.answerWith(good);
    await find('k1');
    app.clock.advance(300);
    server.answerWith(json(200, set('k2')));
    expect([await find('k1'), await find('k2'), await find('k3')]).toEqual([null, 'k2', null]);
    expect(await keys.status(tenantId)).toMatchObject({ health: 'ok', stale: false, keys: [{ kid: 'k2' }] });
  });
});

describe('a JWKS URL that does not answer', () => {
  it('is unreachable: nobody listens', async () => {
    tenantId = await register('http://127.0.0.1:1/jwks');
    await expect(find('k1')).rejects.toMatchObject({ ...unavailable, retryAfterSeconds: 30 });
    expect((await keys.status(tenantId)).lastError).toBe(
      'The server could not be reached. Check the name, the port and the firewall of the JWKS URL: it must lead to a public address.',
    );
  });

  it('costs the exchange that finds out five seconds, and none after it', async () => {
    server.answerWith(good);
    await find('k1');
    app.clock.advance(300);
    const waiting: (() => void)[] = [];
    server.answerWith((request, response) => waiting.push(() => good(request, response)));
    expect(await find('k1')).toBe('k1');
    expect((await keys.status(tenantId)).lastError).toContain('did not answer in time');
    app.clock.advance(30);
    // The answer comes while the fetch that the exchange set off is held by the server.
    expect(await find('k1')).toBe('k1');
    await expect.poll(() => waiting).toHaveLength(2);
    expect((await keys.status(tenantId)).failures).toBe(1);
    for (const answer of waiting) answer();
    await expect.poll(async () => (await keys.status(tenantId)).health).toBe('ok');
  });

  const hasOpenssl = spawnSync(OPENSSL, ['version']).status === 0;
  it.skipIf(!hasOpenssl)('has a certificate that nobody vouches for (skipped without openssl)', async () => {
    using folder = temporaryFolder('certificate');
    const [keyFile, certFile] = [join(folder.path, 'key.pem'), join(folder.path, 'cert.pem')];
    const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost';
    execFileSync(OPENSSL, [...request.split(' '), '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
    const certified = createServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) }, (_, response) =>
      response.end(text),
    );
    await once(certified.listen(0, '127.0.0.1'), 'listening');
    tenantId = await register(`https://localhost:${(certified.address() as AddressInfo).port}/jwks`);
    await expect(find('k1')).rejects.toMatchObject(unavailable);
    certified.close();
    expect((await keys.status(tenantId)).lastError).toBe(
      "The server's certificate was not accepted: it is expired, self-signed, or for another name. " +
        'Renew the certificate of the JWKS URL, and send its whole chain.',
    );
  });
});
