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
  tenant = await createTenant();
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

/** All of them trust the same key. */
async function createTenant(changes: Parameters<typeof newTenant>[0] = {}): Promise<Tenant> {
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1' }] };
  const made = await app
    .get(Tenants)
    .create(newTenant(changes), (created, tx) => app.get(TrustedKeys).register(created.id, { jwks }, tx));
  return made.tenant;
}

function signed(changes: Record<string, unknown> = {}, of = tenant): Promise<string> {
  const iat = Math.floor(app.clock.now().getTime() / 1000);
  const claims = { iss: of.issuer, aud: of.audience, sub: 'user-1', org_id: 'org-1', iat, exp: iat + 300, ...changes };
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(pair.privateKey);
}

const redeem = (token: string, of = tenant, type = 'access') => app.get(PartnerTokens).redeem(of, token, type);

describe('the jti', () => {
  it('is used up by exactly one of 20 at once', async () => {
    const token = await signed({ jti: 'once' });
    const uses = await Promise.allSettled(Array.from({ length: 20 }, () => redeem(token)));
    expect(uses.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(redeem(await signed({ jti: 'once' }))).rejects.toMatchObject({ reason: 'replay' });
  });

  it('is used once for each requested type, and by each tenant', async () => {
    const other = await createTenant();
    const token = await signed({ jti: 'twice' });
    await redeem(token, tenant, 'access');
    await redeem(token, tenant, 'session');
    await redeem(await signed({ jti: 'twice' }, other), other, 'access');
    await expect(redeem(token, tenant, 'session')).rejects.toMatchObject({ reason: 'replay' });
  });

  it('is not used up by a token that is refused for another reason', async () => {
    await expect(redeem(await signed({ jti: 'kept', sub: '' }))).rejects.toMatchObject({ reason: 'claims' });
    await expect(redeem(await signed({ jti: 'kept' }))).resolves.toMatchObject({ subject: 'user-1' });
  });

  it('is remembered for as long as the token passes the time check', async () => {
    const token = await signed({ jti: 'late' });
    await redeem(token);
    app.clock.advance(359);
    await app.database.query(`DELETE FROM jti_uses WHERE expires_at < $1`, [app.clock.now()]);
    await expect(redeem(token)).rejects.toMatchObject({ reason: 'replay' });
    app.clock.advance(1);
    await expect(redeem(token)).rejects.toMatchObject({ reason: 'time' });
  });

  it('may be absent, again and again, unless the tenant requires it', async () => {
    const token = await signed();
    await redeem(token);
    await redeem(token);
    const strict = await createTenant({ jtiPolicy: 'required' });
    await expect(redeem(await signed({}, strict), strict)).rejects.toMatchObject({ reason: 'replay' });
  });
});
