import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmulatorScene } from '../index.js';

let scene: EmulatorScene;

beforeAll(async () => {
  scene = await EmulatorScene.start();
});
afterAll(() => scene?.close());

describe("the partner's JWT", () => {
  it('is worth an access token of its user, and no refresh token', async () => {
    const answer = await scene.exchange({ scope: 'connection:read action:run zap' });
    expect(answer.json).toEqual({
      access_token: expect.any(String),
      issued_token_type: 'urn:ietf:params:oauth:token-type:access-token',
      token_type: 'Bearer',
      expires_in: 36_000,
      scope: 'connection:read action:run zap',
    });
  });

  const now = Math.floor(Date.now() / 1000);
  it.each<[string, Record<string, unknown>, Record<string, unknown>?]>([
    ['of another issuer', { iss: 'https://other.test' }],
    ['for somebody else', { aud: 'other.zapier.com' }],
    ['that has ended', { iat: now - 900, nbf: now - 900, exp: now - 600 }],
    ['that lives for an hour', { exp: now + 3600 }],
    ['without a time', { nbf: undefined }],
    ['of the future', { iat: now + 600, nbf: now, exp: now + 700 }],
    ['with a number for its user', { sub: 7 }],
    ['without a tenant', { org_id: undefined }],
    ['with an unknown key', {}, { kid: 'two' }],
    ['without a key', {}, { kid: undefined }],
    ['of another kind', {}, { typ: 'at+jwt' }],
  ])('is refused: one %s', async (_what, claims, header) => {
    const answer = await scene.exchange({ subject_token: await scene.sign(claims, header) });
    expect([answer.status, answer.json.error]).toEqual([400, 'invalid_request']);
  });

  it.each([
    ['none', ''],
    ['HS256', 'c2lnbmVk'],
  ])('is refused when it says that it is signed by %s', async (alg, signature) => {
    const header = Buffer.from(JSON.stringify({ alg, kid: 'one' })).toString('base64url');
    const [, payload] = (await scene.sign()).split('.');
    const answer = await scene.exchange({ subject_token: `${header}.${payload}.${signature}` });
    expect(answer.json).toMatchObject({ error: 'invalid_request' });
  });

  it('is taken once, when it has a jti', async () => {
    const subject_token = await scene.sign();
    expect((await scene.exchange({ subject_token })).status).toBe(200);
    expect((await scene.exchange({ subject_token })).json).toMatchObject({ error: 'invalid_request' });
  });

  it('is refused when it was signed by somebody else', async () => {
    const [header, payload] = (await scene.sign()).split('.');
    const [, , signature] = (await scene.sign()).split('.');
    const answer = await scene.exchange({ subject_token: `${header}.${payload}.${signature}` });
    expect(answer.json).toMatchObject({ error: 'invalid_request' });
  });
});
