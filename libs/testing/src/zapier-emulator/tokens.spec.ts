import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideConsent, EmulatorScene } from '../index.js';

let scene: EmulatorScene;

beforeAll(async () => {
  scene = await EmulatorScene.start();
});
beforeEach(async () => {
  await scene.emulator.ask('clearRules');
  await scene.emulator.ask('configure', { refreshGraceSeconds: 0, jwksCacheSeconds: 300, jwksRefetchSeconds: 30 });
  await scene.emulator.ask('setTime', { at: new Date().toISOString() });
});
afterAll(() => scene?.close());

const later = (seconds: number) =>
  scene.emulator.ask('setTime', { at: new Date(Date.now() + seconds * 1000).toISOString() });

function authorizeUrl(more: Record<string, string> = {}, path = scene.emulator.authorizeUrl): string {
  const usual = {
    response_type: 'code',
    client_id: scene.emulator.partner.clientId,
    redirect_uri: scene.redirectUri,
    scope: 'zap profile',
    state: 'a b&c',
  };
  return `${path}?${new URLSearchParams({ ...usual, ...more }).toString()}`;
}

const implicit = (more: Record<string, string> = {}) =>
  authorizeUrl({ response_type: 'token', ...more }, scene.emulator.implicitUrl);
const denied = () => decideConsent(implicit(), { decision: 'deny' });
const redeem = (code: string | null, more: Record<string, string> = {}) =>
  scene.token({ grant_type: 'authorization_code', code: code ?? '', redirect_uri: scene.redirectUri, ...more });
const refresh = (token: unknown) => scene.token({ grant_type: 'refresh_token', refresh_token: String(token) });
const codeOf = async (more?: Record<string, string>) =>
  (await decideConsent(authorizeUrl(more))).searchParams.get('code');
const grant = async () => (await redeem(await codeOf())).json;

describe('the authorization code', () => {
  it('comes back with the state, and is worth a pair of tokens once', async () => {
    const back = await decideConsent(authorizeUrl());
    expect(back.searchParams.get('state')).toBe('a b&c');
    const answer = await redeem(back.searchParams.get('code'));
    expect(answer.json).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      expires_in: 36_000,
      token_type: 'Bearer',
      scope: 'zap profile',
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const token = String(answer.json.access_token);
    expect((await scene.get('/v1/profiles/me', token)).json).toMatchObject({ email: 'ada@zapier.test' });
    expect((await redeem(back.searchParams.get('code'))).json).toMatchObject({ error: 'invalid_grant' });
    expect((await scene.get('/v1/profiles/me', token)).status).toBe(403);
  });

  it('ends after two minutes', async () => {
    const code = await codeOf();
    await later(121);
    expect((await redeem(code)).json).toMatchObject({ error: 'invalid_grant' });
  });

  it('is bound to its redirect URI and to its PKCE challenge', async () => {
    const other = { redirect_uri: `${scene.redirectUri}/other` };
    expect((await redeem(await codeOf(), other)).json).toMatchObject({ error: 'invalid_grant' });
    const verifier = 'v'.repeat(43);
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
    expect((await redeem(await codeOf(pkce))).json).toMatchObject({ error: 'invalid_grant' });
    expect((await redeem(await codeOf(pkce), { code_verifier: verifier })).status).toBe(200);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a challenge in the clear', { code_challenge: 'x', code_challenge_method: 'plain' }, 'invalid_request'],
    ['a scope that the partner has not', { scope: 'zap everything' }, 'invalid_scope'],
    ['no scope', { scope: '' }, 'invalid_request'],
    ['another type', { response_type: 'id_token' }, 'unsupported_response_type'],
  ])('is refused by redirect for %s', async (_what, more, error) => {
    expect((await decideConsent(authorizeUrl(more))).searchParams.get('error')).toBe(error);
  });

  it('is refused on a page for an unknown client, and for a redirect URI that is not registered', async () => {
    for (const more of [{ client_id: 'nobody' }, { redirect_uri: 'http://evil.test/' }] as Record<string, string>[]) {
      const response = await fetch(authorizeUrl(more), { redirect: 'manual' });
      expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    }
  });

  it('is not given when the person denies it', async () => {
    const back = await decideConsent(authorizeUrl(), { decision: 'deny' });
    expect(back.searchParams.get('error')).toBe('access_denied');
  });
});

describe('the legacy flow', () => {
  it('gives a token in the fragment, and asks no second time with approval_prompt=auto', async () => {
    const back = await decideConsent(implicit());
    const fragment = new URLSearchParams(back.hash.slice(1));
    expect([...back.searchParams]).toEqual([]);
    expect((await scene.get('/v2/apps', fragment.get('access_token') ?? '')).status).toBe(200);
    const again = await fetch(implicit({ approval_prompt: 'auto' }), { redirect: 'manual' });
    expect(again.headers.get('location')).toContain('#access_token=');
  });

  it('gives its error in the fragment, and by a rule in the query as documented', async () => {
    expect((await denied()).hash).toContain('error=access_denied');
    await scene.emulator.ask('rule', { kind: 'error_in_query' });
    expect((await denied()).searchParams.get('error')).toBe('access_denied');
  });
});

describe('the refresh token', () => {
  it('rotates, and one that comes again kills its family', async () => {
    const { refresh_token: old } = await grant();
    const next = (await refresh(old)).json;
    expect(next.refresh_token).not.toBe(old);
    expect((await refresh(old)).json).toMatchObject({ error: 'invalid_grant' });
    expect((await refresh(next.refresh_token)).json).toMatchObject({ error: 'invalid_grant' });
    expect((await scene.get('/v2/apps', String(next.access_token))).status).toBe(401);
  });

  it('gives the same pair again within a grace, by a setting', async () => {
    await scene.emulator.ask('configure', { refreshGraceSeconds: 30 });
    const { refresh_token: old } = await grant();
    const [one, two] = [await refresh(old), await refresh(old)];
    expect(two.json).toEqual(one.json);
    await later(31);
    expect((await refresh(old)).json).toMatchObject({ error: 'invalid_grant' });
  });

  it('stays as it is under a rule, and the answer has none', async () => {
    await scene.emulator.ask('rule', { kind: 'refresh_token_kept' });
    const { refresh_token: old } = await grant();
    expect((await refresh(old)).json).not.toHaveProperty('refresh_token');
    expect((await refresh(old)).status).toBe(200);
  });

  it('ends when its user withdraws their consent; an access token can end alone', async () => {
    const { refresh_token: held, access_token: access } = await grant();
    const user = { account: 'ada@zapier.test' };
    await scene.emulator.ask('endAccessTokens', { user });
    expect((await scene.get('/v2/apps', String(access))).status).toBe(401);
    const next = (await refresh(held)).json;
    await scene.emulator.ask('revoke', { user });
    expect((await refresh(next.refresh_token)).json).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('the client', () => {
  const app = { grant_type: 'client_credentials', scope: 'promotions:read' };

  it('has a token of its own, which is no token of a user', async () => {
    const { json } = await scene.token(app);
    expect(json).toEqual({
      access_token: expect.any(String),
      expires_in: 36_000,
      token_type: 'Bearer',
      scope: 'promotions:read',
    });
    expect((await scene.get('/v2/apps', String(json.access_token))).status).toBe(403);
    expect((await scene.token({ ...app, scope: 'zap' })).json).toMatchObject({ error: 'invalid_scope' });
  });

  it('authenticates by Basic or in the body, with its present secret, and in one way', async () => {
    const { clientId, clientSecret } = scene.emulator.partner;
    const basic = (secret: string) => `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
    const ask = (secret: string, more = {}) =>
      fetch(scene.emulator.tokenUrl, {
        method: 'POST',
        headers: { authorization: basic(secret) },
        body: new URLSearchParams({ ...app, ...more }),
      });
    expect((await ask(clientSecret)).status).toBe(200);
    expect((await ask(clientSecret, { client_secret: clientSecret })).status).toBe(400);
    const clientSecretNow = await scene.emulator.ask('regenerateSecret', { clientId });
    const refused = await ask(clientSecret);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="zapier"']);
    expect((await ask(clientSecretNow)).status).toBe(200);
    await scene.emulator.ask('register', { clientId, clientSecret });
  });

  it.each<[string, Record<string, string>, string]>([
    ['an unknown grant', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['no grant', { grant_type: '' }, 'invalid_request'],
    ['a missing parameter', { grant_type: 'refresh_token' }, 'invalid_request'],
  ])('is refused for %s', async (_what, form, error) => {
    expect((await scene.token(form)).json).toMatchObject({ error });
  });

  it('is refused a parameter that is repeated', async () => {
    const { clientId, clientSecret } = scene.emulator.partner;
    const body = new URLSearchParams({ ...app, client_id: clientId, client_secret: clientSecret });
    body.append('scope', 'external');
    const answer = await fetch(scene.emulator.tokenUrl, { method: 'POST', body });
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
  });
});
