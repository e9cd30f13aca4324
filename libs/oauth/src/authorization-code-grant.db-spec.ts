import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '#libs/crypto';
import { Database } from '#libs/database';
import {
  createTenant,
  createTestDatabase,
  createUser,
  dumpRows,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Client, Clients, type GrantName, type Tenant } from '#libs/tenants';
import { AccessTokens } from './access-tokens.js';
import { AuthorizationCodeGrant } from './authorization-code-grant.js';
import { AuthorizationCodes, type NewCode } from './authorization-codes.store.js';
import { AuthorizationGrants } from './authorization-grants.store.js';
import { Denials } from './denials.js';
import type { Parameters, TokenResponse } from './grant.js';
import { OauthModule } from './oauth.module.js';
import { RefreshTokens } from './refresh-tokens.store.js';

const REDIRECT_URI = 'https://app.example/callback';
const VERIFIER = 'v'.repeat(43);
const CHALLENGE = sha256(VERIFIER).toString('base64url');
const INVALID = { code: 'invalid_grant' };

let database: TestDatabase;
let app: TestApp;
let grant: AuthorizationCodeGrant;
let tenant: Tenant;
let client: Client;
let userId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [OauthModule] });
  const [codes, grants, refreshTokens] = [
    app.get(AuthorizationCodes),
    app.get(AuthorizationGrants),
    app.get(RefreshTokens),
  ];
  grant = new AuthorizationCodeGrant(app.get(Database), codes, grants, refreshTokens, app.get(AccessTokens), app.clock);
  tenant = await createTenant(app);
  userId = await createUser(app, tenant.id);
  client = await addClient(tenant, ['authorization_code', 'refresh_token']);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

async function addClient({ id }: Tenant, grants: GrantName[]): Promise<Client> {
  const values = { name: 'A', grants, scopes: ['zap', 'profile'], redirectUris: [REDIRECT_URI], isPublic: false };
  return (await app.get(Clients).add(id, values, () => Promise.resolve())).client;
}

/** A code for `zap profile`, with PKCE and a redirect URI that the client named. */
function newCode(changes: Partial<NewCode> = {}, of = client, scopes = ['zap', 'profile']): Promise<string> {
  const code = { redirectUri: REDIRECT_URI, redirectUriGiven: true, codeChallenge: CHALLENGE, ...changes };
  const facts = { clientId: of.clientId, userId, scopes };
  return app.database.transaction((tx) => app.get(AuthorizationCodes).issue(of.tenantId, facts, code, tx));
}

const redeem = (code: string, changes: Parameters = {}, as = client, of = tenant) =>
  grant.handler({ code, redirect_uri: REDIRECT_URI, code_verifier: VERIFIER, ...changes }, { tenant: of, client: as });
const bearerOf = ({ access_token: token }: TokenResponse) => app.get(AccessTokens).find(token);
const refreshTokenOf = ({ refresh_token: token = '' }: TokenResponse) => app.get(RefreshTokens).find(token);

describe('a code', () => {
  it('gives an access token for ten hours and a refresh token, of its user and grant', async () => {
    const answer = await redeem(await newCode());
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 36_000, scope: 'zap profile' });
    const bearer = await bearerOf(answer);
    expect(bearer).toMatchObject({ kind: 'access', clientId: client.clientId, userId, scopes: ['zap', 'profile'] });
    expect(await refreshTokenOf(answer)).toEqual({
      tenantId: tenant.id,
      clientId: client.clientId,
      userId,
      grantId: bearer?.grantId,
      scopes: ['zap', 'profile'],
      grantedAt: app.clock.now(),
      isLive: true,
    });
  });

  it('gives no refresh token to a client that is not registered for them', async () => {
    const without = await addClient(tenant, ['authorization_code']);
    expect(await redeem(await newCode({}, without), {}, without)).not.toHaveProperty('refresh_token');
  });

  it('gives nothing that the client is not registered for any more', async () => {
    const narrowed = Object.assign(new Client(), client, { scopes: ['profile'] });
    expect(await redeem(await newCode(), {}, narrowed)).toMatchObject({ scope: 'profile' });
    await expect(redeem(await newCode({}, client, ['zap']), {}, narrowed)).rejects.toMatchObject(INVALID);
  });

  it('is good for exactly one of 50 at once, whose tokens then end', async () => {
    const code = await newCode();
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => redeem(code)));
    const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(answers).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(INVALID);
    await app.get(Denials).sync();
    for (const answer of answers) {
      expect(await bearerOf(answer)).toBeNull();
      expect(await refreshTokenOf(answer)).toMatchObject({ isLive: false });
    }
  });

  it('used a second time ends what the first use gave, long after it expired too', async () => {
    const code = await newCode();
    const answer = await redeem(code);
    app.clock.advance(3600);
    await app.get(AuthorizationGrants).deleteExpired(100);
    await expect(redeem(code)).rejects.toMatchObject(INVALID);
    await app.get(Denials).sync();
    expect(await bearerOf(answer)).toBeNull();
    expect(await refreshTokenOf(answer)).toMatchObject({ isLive: false });
  });

  it('is good for two minutes', async () => {
    const [early, late] = [await newCode(), await newCode()];
    app.clock.advance(119);
    await expect(redeem(early)).resolves.toMatchObject({ token_type: 'Bearer' });
    app.clock.advance(1);
    await expect(redeem(late)).rejects.toMatchObject(INVALID);
  });

  it('is stored as a digest only', async () => {
    const code = await newCode();
    const answer = await redeem(code);
    const rows = await dumpRows(app.database);
    for (const secret of [code, answer.access_token, answer.refresh_token ?? '']) expect(rows).not.toContain(secret);
  });
});

describe('a code is refused to', () => {
  it('another client, and stays good for its own', async () => {
    const code = await newCode();
    const other = await addClient(tenant, ['authorization_code']);
    await expect(redeem(code, {}, other)).rejects.toMatchObject(INVALID);
    await expect(redeem(code)).resolves.toMatchObject({ token_type: 'Bearer' });
  });

  it('a client of another tenant, and stays good for its own', async () => {
    const code = await newCode();
    const elsewhere = await createTenant(app);
    const other = await addClient(elsewhere, ['authorization_code']);
    await expect(redeem(code, {}, other, elsewhere)).rejects.toMatchObject(INVALID);
    await expect(redeem(code, {}, client, elsewhere)).rejects.toMatchObject(INVALID);
    await expect(redeem(code)).resolves.toMatchObject({ token_type: 'Bearer' });
  });

  it('a client whose user was disabled meanwhile', async () => {
    const code = await newCode();
    await app.database.query(`UPDATE users SET disabled_at = $2 WHERE id = $1`, [userId, app.clock.now()]);
    await expect(redeem(code)).rejects.toMatchObject(INVALID);
    await app.database.query(`UPDATE users SET disabled_at = NULL WHERE id = $1`, [userId]);
  });

  it.each([
    ['an unknown code', 'nothing'],
    ['a text with NUL', 'a\0b'],
  ])('whoever has %s', async (_what, code) => {
    await expect(redeem(code)).rejects.toMatchObject(INVALID);
  });
});

describe('a code is used up by', () => {
  it.each<[string, Parameters]>([
    ['another redirect_uri', { redirect_uri: `${REDIRECT_URI}/` }],
    ['no redirect_uri, where the request named one', { redirect_uri: undefined }],
    ['another code_verifier', { code_verifier: 'w'.repeat(43) }],
    ['the challenge in place of the verifier', { code_verifier: CHALLENGE }],
    ['a code_verifier that is too short', { code_verifier: 'v' }],
    ['no code_verifier', { code_verifier: undefined }],
  ])('%s', async (_what, changes) => {
    const code = await newCode();
    await expect(redeem(code, changes)).rejects.toMatchObject(INVALID);
    await expect(redeem(code)).rejects.toMatchObject(INVALID);
  });

  it('a code_verifier where the request had no challenge', async () => {
    const code = await newCode({ codeChallenge: null });
    await expect(redeem(code)).rejects.toMatchObject(INVALID);
    await expect(redeem(code, { code_verifier: undefined })).rejects.toMatchObject(INVALID);
  });
});

it('a redirect_uri that the request left out may be left out again', async () => {
  const without = { redirect_uri: undefined };
  await expect(redeem(await newCode({ redirectUriGiven: false }), without)).resolves.toMatchObject({
    scope: 'zap profile',
  });
  await expect(redeem(await newCode({ redirectUriGiven: false }))).resolves.toMatchObject({ scope: 'zap profile' });
});

it('the code is asked for before anything is used up', async () => {
  await expect(redeem('', { code: undefined })).rejects.toMatchObject({ code: 'invalid_request' });
});
