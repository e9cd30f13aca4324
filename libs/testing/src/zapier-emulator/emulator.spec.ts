import { afterEach, describe, expect, it } from 'vitest';
import { EmulatorScene, type HttpServer, json, startHttpServer, ZAPIER_LIMITS, ZapierEmulator } from '../index.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function startScene(...parameters: Parameters<typeof EmulatorScene.start>): Promise<EmulatorScene> {
  const scene = await EmulatorScene.start(...parameters);
  closers.push(() => scene.close());
  return scene;
}

const at = (start: number, milliseconds: number) => ({ at: new Date(start + milliseconds).toISOString() });
async function publishing(settings: object): Promise<{ scene: EmulatorScene; keys: HttpServer; rotate: () => void }> {
  const keys = await startHttpServer();
  closers.push(() => keys.close());
  const scene = await startScene(settings, { jwksUri: `${keys.origin}/jwks.json`, jwks: null });
  keys.answerWith(json(200, scene.jwks));
  // The same key under another name is enough of a rotation.
  const renamed = { keys: scene.jwks.keys.map((key) => ({ ...key, kid: 'two' })) };
  return { scene, keys, rotate: () => keys.answerWith(json(200, renamed)) };
}
const exchanged = async (scene: EmulatorScene, kid: string) =>
  (await scene.exchange({ subject_token: await scene.sign({}, { kid }) })).status;

describe('the limits', () => {
  it.each([
    ['an address', { perAddress: 60, perPartner: null }, 60],
    ['a partner', { perAddress: null, perPartner: 150 }, 150],
  ])('let %s ask so often in a window, and refuse it until it has cooled down', async (_what, limits, most) => {
    const scene = await startScene({ rateLimit: { ...ZAPIER_LIMITS, ...limits } });
    const ada = await scene.userToken();
    const statuses = await Promise.all(
      Array.from({ length: most + 5 }, async () => (await scene.get('/v2/apps', ada)).status),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(most);
    const refused = await scene.get('/v2/apps', ada);
    expect([refused.status, refused.headers.get('x-ratelimit-remaining')]).toEqual([429, '0']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    const now = Date.now();
    await scene.emulator.ask('setTime', at(now, 50_000));
    expect((await scene.get('/v2/apps', ada)).status).toBe(429);
    await scene.emulator.ask('setTime', at(now, 61_000));
    const answered = await scene.get('/v2/apps', ada);
    expect([answered.status, answered.headers.get('x-ratelimit-remaining')]).toEqual([200, String(most - 1)]);
  });

  it('are off unless they are asked for, and do not reach the token endpoint', async () => {
    const scene = await startScene();
    const ada = await scene.userToken();
    expect((await scene.get('/v2/apps', ada)).headers.get('x-ratelimit-limit')).toBeNull();
    await scene.emulator.ask('configure', { rateLimit: { ...ZAPIER_LIMITS, perAddress: 1 } });
    const statuses = [await scene.get('/v2/apps', ada), await scene.get('/v2/apps', ada), await scene.exchange()];
    expect(statuses.map(({ status }) => status)).toEqual([200, 429, 200]);
  });
});

describe("a copy of the partner's keys", () => {
  it('is used until it ends, by a setting also for a key that is not in it', async () => {
    const { scene, rotate } = await publishing({ jwksCacheSeconds: 600, jwksRefetchSeconds: null });
    expect(await exchanged(scene, 'one')).toBe(200);
    rotate();
    expect([await exchanged(scene, 'one'), await exchanged(scene, 'two')]).toEqual([200, 400]);
    expect(await scene.emulator.ask('jwksFetches')).toEqual({ 'emulated-client': 1 });
    await scene.emulator.ask('configure', { jwksCacheSeconds: 0 });
    expect([await exchanged(scene, 'two'), await exchanged(scene, 'one')]).toEqual([200, 400]);
  });

  it('is fetched again for an unknown key, when it is not new', async () => {
    const { scene, rotate } = await publishing({ jwksCacheSeconds: 600, jwksRefetchSeconds: 0 });
    expect(await exchanged(scene, 'one')).toBe(200);
    rotate();
    expect(await exchanged(scene, 'two')).toBe(200);
  });

  it('serves for the keys in it while the partner is down; without one the exchange is refused for the time being', async () => {
    const { scene, keys } = await publishing({ jwksCacheSeconds: 0 });
    expect(await exchanged(scene, 'one')).toBe(200);
    keys.answerWith(json(500, {}));
    expect(await exchanged(scene, 'one')).toBe(200);
    const refused = await scene.exchange({ subject_token: await scene.sign({}, { kid: 'two' }) });
    expect([refused.status, refused.json.error]).toEqual([503, 'temporarily_unavailable']);
    expect(refused.headers.get('retry-after')).toBe('30');
  });
});

describe('the wire', () => {
  it('takes a final slash or none, other media types for answers, and no others for requests', async () => {
    const scene = await startScene();
    const ada = await scene.userToken();
    expect((await scene.get('/v2/apps/', ada)).status).toBe(200);
    const jsonApi = await scene.get('/v2/apps', ada, { accept: 'application/vnd.api+json' });
    expect(jsonApi.headers.get('content-type')).toBe('application/vnd.api+json');
    expect((await scene.get('/v2/apps', ada, { accept: 'text/csv' })).status).toBe(406);
    const text = await fetch(`${scene.emulator.apiUrl}/v2/action-runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ada}`, 'content-type': 'text/plain' },
      body: '{}',
    });
    expect(text.status).toBe(415);
  });

  it('has lists of more than one page, without holes or repeats, and at most a hundred on one', async () => {
    const scene = await startScene();
    const ada = await scene.userToken();
    const ids: string[] = [];
    let next: string | null = '/v2/apps';
    while (next !== null) {
      const { json: body } = await scene.get(next.replace(scene.emulator.origin, ''), ada);
      ids.push(...(body.data as { id: string }[]).map(({ id }) => id));
      ({ next } = body.links as { next: string | null });
    }
    expect(ids.length).toBeGreaterThanOrEqual(30);
    expect(new Set(ids).size).toBe(ids.length);
    expect((await scene.get('/v2/apps?limit=1000', ada)).json.meta).toMatchObject({ limit: 100, count: ids.length });
  });

  it('is logged with who asked, without tokens, and shown at the root', async () => {
    const scene = await startScene();
    const ada = await scene.userToken();
    await scene.emulator.ask('forgetCalls');
    await scene.get('/v2/apps?limit=1', ada);
    await fetch(`${scene.emulator.connectUrl}/to/SlackCLIAPI?token=secret`, { redirect: 'manual' });
    const [list, connect] = await scene.emulator.ask('calls');
    expect(list).toEqual({
      at: expect.any(Number),
      method: 'GET',
      path: '/v2/apps',
      query: 'limit=1',
      status: 200,
      client: 'emulated-client',
      user: 'acme/ada',
      rules: [],
    });
    expect(JSON.stringify(connect)).not.toContain('secret');
    expect(await (await fetch(scene.emulator.origin)).text()).toContain('/v2/apps');
  });
});

describe('in a process of its own', () => {
  it('does the same, and obeys', async () => {
    const emulator = await ZapierEmulator.startProcess({ settings: { accessTokenSeconds: 60 } });
    closers.push(emulator.close);
    expect(emulator.partner).toMatchObject({ clientId: 'emulated-client' });
    const { clientId: client_id, clientSecret: client_secret } = emulator.partner;
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
    const token = await (await fetch(emulator.tokenUrl, { method: 'POST', body })).json();
    expect(token).toMatchObject({ expires_in: 60 });
    await emulator.ask('rule', { kind: 'answer', status: 503, path: '/v1/*' });
    expect((await fetch(`${emulator.apiUrl}/v1/categories`)).status).toBe(503);
    expect(await emulator.ask('calls')).toMatchObject([{ status: 200 }, { status: 503, rules: ['answer'] }]);
    await expect(emulator.ask('removeConnection', { id: 'none' })).rejects.toThrow('There is no connection none.');
  });
});
