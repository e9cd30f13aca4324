import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SigningKeysModule } from '#libs/signing-keys';
import {
  createSigningTenant,
  createTestDatabase,
  createUpstream,
  createUser,
  type HttpServer,
  json,
  startHttpServer,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { type Upstream, UpstreamCalls, UpstreamModule, Upstreams } from './index.js';

let database: TestDatabase;
let app: TestApp;
let server: HttpServer;
let upstream: Upstream;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startHttpServer();
  app = await startTestApp({ databaseUrl: database.url, imports: [SigningKeysModule, UpstreamModule] });
});
beforeEach(async () => {
  upstream = await createUpstream(app, await createSigningTenant(app), server.origin);
  server.answerWith(json(500, {}));
});
afterAll(async () => {
  await app?.close();
  await server?.close();
  await database?.drop();
});

const call = (userId: string | null = null) =>
  app.get(UpstreamCalls).call(upstream, userId, { method: 'GET', path: '/v2/apps', urgency: 'person' });
async function callOften(times: number): Promise<string[]> {
  const kinds: string[] = [];
  for (let made = 0; made < times; made += 1)
    kinds.push(
      await call().then(
        () => 'answered',
        (error: { kind: string }) => error.kind,
      ),
    );
  return kinds;
}
const stored = () => app.get(Upstreams).find(upstream.tenantId, upstream.name);

describe('an upstream that fails', () => {
  it('is left alone after five calls, for 10 s, and asked once then', async () => {
    expect(await callOften(7)).toEqual([...Array<string>(5).fill('unavailable'), 'paused', 'paused']);
    expect(server.requests).toHaveLength(5);
    expect(await stored()).toMatchObject({ failures: 5, failingSince: app.clock.now(), pausedUntil: app.clock.in(10) });
    app.clock.advance(10);
    const kinds = await Promise.all(Array.from({ length: 6 }, () => callOften(1)));
    expect(kinds.flat().filter((kind) => kind === 'unavailable')).toHaveLength(1);
    expect(server.requests).toHaveLength(6);
  });

  it('is left alone for twice as long each time, 5 minutes at most', async () => {
    await callOften(5);
    for (const seconds of [20, 40, 80, 160, 300, 300]) {
      app.clock.advance(300);
      expect(await callOften(1)).toEqual(['unavailable']);
      expect(await stored()).toMatchObject({ pausedUntil: app.clock.in(seconds) });
    }
  });

  it('is called as usual when the probe was answered', async () => {
    await callOften(5);
    app.clock.advance(10);
    server.answerWith(json(200, []));
    expect(await callOften(3)).toEqual(['answered', 'answered', 'answered']);
    expect(await stored()).toMatchObject({
      failures: 0,
      failingSince: null,
      pausedUntil: null,
      answeredAt: app.clock.now(),
    });
  });

  it('is asked by another when the one that was to ask has died', async () => {
    await callOften(5);
    app.clock.advance(10);
    await app.database.query(`UPDATE upstreams SET paused_until = $1 WHERE id = $2`, [app.clock.in(60), upstream.id]);
    app.clock.advance(60);
    expect(await callOften(1)).toEqual(['unavailable']);
  });

  it('counts failures one after the other only', async () => {
    for (let round = 0; round < 3; round += 1) {
      server.answerWith(json(500, {}));
      await callOften(4);
      server.answerWith(json(404, {}));
      await callOften(1);
    }
    expect(await stored()).toMatchObject({ failures: 0, pausedUntil: null });
  });

  it('keeps none of another tenant waiting', async () => {
    await callOften(5);
    upstream = await createUpstream(app, await createSigningTenant(app), server.origin);
    expect(await callOften(1)).toEqual(['unavailable']);
  });
});

it('that our client is refused is known, until it is not, and pauses nothing', async () => {
  const userId = await createUser(app, upstream.tenantId);
  server.answerWith(json(401, { error: 'invalid_client' }));
  for (let made = 0; made < 7; made += 1) await expect(call(userId)).rejects.toMatchObject({ kind: 'unavailable' });
  expect(await stored()).toMatchObject({ refusal: 'The client id or the client secret is wrong.', pausedUntil: null });
  server.answerWith(json(200, { access_token: 't' }));
  await call(userId);
  expect(await stored()).toMatchObject({ refusal: null });
});
