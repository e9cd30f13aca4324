import { createHash } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { json, startHttpServer, type HttpServer, type ReceivedRequest } from '#libs/testing';
import type { EmbedUser } from '../main-job/embed-user.js';
import { expectRefusal } from '../main-job/error-format.js';
import { RunScene } from './run-scene.js';

let scene: RunScene;
let receiver: HttpServer;
let ada: EmbedUser;
let action: string;

beforeAll(async () => {
  scene = await RunScene.start();
  receiver = await startHttpServer();
  ada = await scene.user('ada');
  action = await scene.action(ada, 'add_entry');
});
beforeEach(() => {
  scene.thirdParty.answerWith(json(200, { ok: true }));
  receiver.answerWith(json(204, ''));
});
afterAll(async () => {
  await scene?.close();
  await receiver?.close();
});

const create = (callbackUrl: unknown, as = ada) =>
  as.post('/v2/action-runs', { data: { action, inputs: { text: 'x' }, callback_url: callbackUrl } });
const calls = (count: number): Promise<ReceivedRequest[]> =>
  vi.waitFor(
    () => {
      expect(receiver.requests).toHaveLength(count);
      return receiver.requests;
    },
    { timeout: 30_000, interval: 50 },
  );

describe('the callback of a run that has ended', () => {
  test('tells it as it is read, signed for this body and this client with our published key', async () => {
    const id = (await create(`${receiver.origin}/done?who=ada`)).at('data.id');
    const [call] = await calls(1);
    const { method, url, headers, body } = call ?? { method: '', url: '', headers: {}, body: '' };
    expect([method, url, headers['content-type']]).toEqual(['POST', '/done?who=ada', 'application/json']);
    expect(JSON.parse(body)).toEqual((await ada.get(`/v2/action-runs/${id}`)).json);
    const jwks = (await scene.gatehouse.get('/.well-known/jwks.json')).json as JSONWebKeySet;
    const signature = String(headers['zapier-callback-signature']);
    expect(decodeProtectedHeader(signature).alg).toBe('RS256');
    const { payload } = await jwtVerify(signature, createLocalJWKSet(jwks), {
      algorithms: ['RS256'],
      issuer: (await scene.gatehouse.get('/.well-known/oauth-authorization-server')).at('issuer'),
      audience: scene.partner.clientId,
      subject: id,
      requiredClaims: ['iat', 'exp', 'jti'],
    });
    expect(payload.body_sha256).toBe(createHash('sha256').update(body).digest('base64url'));
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
  });

  test('is made for a failed and for a cancelled run too', async () => {
    scene.thirdParty.answerWith(json(422, { message: 'no' }));
    await create(receiver.origin);
    const [failed] = await calls(1);
    expect(JSON.parse(failed?.body ?? '')).toMatchObject({ data: { status: 'error', errors: [{ code: 'user' }] } });
    scene.thirdParty.answerWith(() => undefined);
    const id = (await create(receiver.origin)).at('data.id');
    await ada.post(`/v2/action-runs/${id}/cancel`, {});
    const [, cancelled] = await calls(2);
    expect(JSON.parse(cancelled?.body ?? '')).toMatchObject({ data: { id, state: 'cancelled' } });
  });

  test('that meets a failing receiver is made again, three times in all', async () => {
    receiver.answerWith(json(500, {}));
    await create(receiver.origin);
    const made = await calls(3);
    expect(new Set(made.map(({ body }) => body)).size).toBe(1);
    receiver.answerWith(json(204, ''));
    const next = (await create(receiver.origin)).at('data.id');
    const [only] = await calls(1);
    expect(only?.body).toContain(next);
  });

  test('that is refused is not made again', async () => {
    receiver.answerWith(json(404, {}));
    await create(receiver.origin);
    await calls(1);
    const next = (await create(receiver.origin)).at('data.id');
    const [, second] = await calls(2);
    expect(second?.body).toContain(next);
  });
});

describe('a callback_url', () => {
  test.each([
    ['plain http to another host', 'http://partner.example/done'],
    ['an address inside', 'https://169.254.169.254/latest'],
    ['a password', 'https://a:b@partner.example/'],
    ['no URL', 'done'],
    ['another scheme', 'file:///etc/passwd'],
    ['something that is no text', 5],
    ['2,049 characters', `https://partner.example/${'x'.repeat(2025)}`],
  ])('of %s is refused, and nothing runs', async (_what, url) => {
    expectRefusal(await create(url), 'v2', 400, { source: { pointer: '/data/callback_url' } });
    expect(scene.thirdParty.requests).toEqual([]);
  });
});

describe('a callback that a killed process owed', () => {
  test('is made by the next process when the one that owed it was killed', async () => {
    let answered = 0;
    receiver.answerWith((_, response) => {
      answered += 1;
      if (answered > 1) response.writeHead(204).end();
    });
    const worker = await scene.another({ ROLES: 'worker' });
    await create(receiver.origin);
    await calls(1);
    // Whichever of the two has it in hand: both go.
    await worker.kill();
    await scene.services[0]?.kill();
    const next = await scene.another();
    await vi.waitFor(() => expect(answered).toBeGreaterThanOrEqual(2), { timeout: 60_000, interval: 100 });
    expect(next.logs().join('\n')).not.toContain('"level":50');
  });
});
