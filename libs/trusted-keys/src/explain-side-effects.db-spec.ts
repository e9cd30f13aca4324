import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createTestDatabase,
  type HttpServer,
  json,
  newTenant,
  startHttpServer,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { type Tenant, Tenants } from '#libs/tenants';
import { PartnerTokens, TrustedKeys, TrustedKeysModule, type TrustSource } from './index.js';

let database: TestDatabase;
let server: HttpServer;
let app: TestApp;
let tokens: PartnerTokens;
let tenant: Tenant;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startHttpServer();
  app = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule] });
  tokens = app.get(PartnerTokens);
});
beforeEach(async () => {
  tenant = await createTenant({ jwks });
});
afterAll(async () => {
  await app?.close();
  await server?.close();
  await database?.drop();
});

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwks = { keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'k1' }] };

async function createTenant(source: TrustSource, changes: Parameters<typeof newTenant>[0] = {}): Promise<Tenant> {
  const made = await app
    .get(Tenants)
    .create(newTenant(changes), ({ id }, tx) => app.get(TrustedKeys).register(id, source, tx));
  return made.tenant;
}

function signed({ jti, kid = 'k1' }: { jti?: string; kid?: string } = {}): string {
  const iat = Math.floor(app.clock.now().getTime() / 1000);
  const claims = { iss: tenant.issuer, aud: tenant.audience, sub: 'user-1', org_id: 'org-1', iat, exp: iat + 300, jti };
  const parts = [{ alg: 'ES256', kid }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signature = sign('sha256', Buffer.from(parts.join('.')), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
  return [...parts, signature.toString('base64url')].join('.');
}
const failures = async (token: string) => (await tokens.explain(tenant, token)).checks.filter(({ ok }) => !ok);

describe('an explanation', () => {
  it('uses up no jti, and neither does a mere verification', async () => {
    const token = signed({ jti: 'kept' });
    await tokens.explain(tenant, token);
    await tokens.verify(tenant, token);
    await expect(tokens.redeem(tenant, token, 'access-token')).resolves.toEqual({ org: 'org-1', subject: 'user-1' });
  });

  it('says which types a jti was used for, and takes no other jti for it', async () => {
    const token = signed({ jti: 'spent' });
    await tokens.redeem(tenant, token, 'access-token');
    await tokens.redeem(tenant, token, 'connect-token');
    expect(await failures(token)).toEqual([
      { check: 'jti', ok: false, detail: expect.stringContaining('used before, for access-token, connect-token') },
    ]);
    expect(await failures(signed({ jti: 'spent-' }))).toEqual([]);
  });

  it('asks for a jti where the tenant requires it', async () => {
    tenant = await createTenant({ jwks }, { jtiPolicy: 'required' });
    expect(await failures(signed())).toEqual([
      { check: 'jti', ok: false, detail: expect.stringContaining('jti is missing') },
    ]);
  });

  it('has a JWKS URL that can not be read as a failed check', async () => {
    tenant = await createTenant({ jwksUri: 'http://127.0.0.1:1/jwks' });
    const detail = expect.stringMatching(/^Your JWKS could not be read.* The server could not be reached\./);
    expect(await failures(signed())).toEqual([{ check: 'key', ok: false, detail }]);
  });

  it('fetches no oftener than an exchange would, and says when it may', async () => {
    server.answerWith(json(200, jwks));
    tenant = await createTenant({ jwksUri: `${server.origin}/jwks` });
    await tokens.explain(tenant, signed({ kid: 'k2' }));
    app.clock.advance(10);
    const [{ detail } = {}] = await failures(signed({ kid: 'k2' }));
    expect(server.requests).toHaveLength(1);
    expect(detail).toContain(
      'They were fetched 10 s ago: they are fetched again for an unknown kid in 20 s, or now by POST …/trust/refresh.',
    );
  });
});
