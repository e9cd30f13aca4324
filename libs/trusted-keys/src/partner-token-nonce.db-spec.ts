import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, newTenant, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { type Tenant, Tenants } from '#libs/tenants';
import { PartnerTokens, TrustedKeys, TrustedKeysModule } from './index.js';

let database: TestDatabase;
let app: TestApp;
let pair: Awaited<ReturnType<typeof generateKeyPair>>;
let tenant: Tenant;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule] });
  pair = await generateKeyPair('ES256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1' }] };
  const made = await app
    .get(Tenants)
    .create(newTenant(), (created, tx) => app.get(TrustedKeys).register(created.id, { jwks }, tx));
  tenant = made.tenant;
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

function signed(changes: Record<string, unknown>): Promise<string> {
  const iat = Math.floor(app.clock.now().getTime() / 1000);
  const claims = { iss: tenant.issuer, aud: tenant.audience, sub: 'user-1', org_id: 'org-1', iat, exp: iat + 300 };
  return new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(pair.privateKey);
}
const redeem = (token: string) => app.get(PartnerTokens).redeem(tenant, token, 'login', { nonce: 'challenge-1' });

describe('the nonce, where one is expected,', () => {
  it('is the one that was sent', async () => {
    expect(await redeem(await signed({ nonce: 'challenge-1' }))).toEqual({ org: 'org-1', subject: 'user-1' });
  });

  it.each([undefined, null, '', 'challenge-2', 'CHALLENGE-1', 'challenge-1 ', ['challenge-1'], 1])(
    'is not %j, which is refused before its jti is used up',
    async (nonce) => {
      const jti = `jti of ${JSON.stringify(nonce)}`;
      await expect(redeem(await signed({ nonce, jti }))).rejects.toMatchObject({ reason: 'claims' });
      await expect(redeem(await signed({ nonce: 'challenge-1', jti }))).resolves.toMatchObject({ subject: 'user-1' });
    },
  );

  it('is not quoted when it is another: it may be good elsewhere', async () => {
    const refusal = await redeem(await signed({ nonce: 'challenge-2' })).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ detail: expect.stringContaining('nonce') });
    expect(refusal).not.toMatchObject({ detail: expect.stringContaining('challenge-2') });
  });
});

it('a nonce that nobody expects is as good as none, and is not explained', async () => {
  const token = await signed({ nonce: 'of its own' });
  await expect(app.get(PartnerTokens).redeem(tenant, token, 'access')).resolves.toMatchObject({ subject: 'user-1' });
  const { valid, checks } = await app.get(PartnerTokens).explain(tenant, token);
  expect([valid, checks.map(({ check }) => check).includes('nonce')]).toEqual([true, false]);
});
