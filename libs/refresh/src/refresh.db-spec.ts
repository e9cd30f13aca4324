import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenantCatalog } from '#libs/catalog';
import { Connections, type Connection, type Credentials } from '#libs/connections';
import {
  type Answer,
  type ConnectionOwner,
  json,
  oauth2Credentials,
  oauthClient,
  startThirdPartyScene,
  type ThirdPartyScene,
} from '#libs/testing';
import { RefreshModule, RefreshWorker } from './index.js';

let scene: ThirdPartyScene;
let connections: Connections;
let owner: ConnectionOwner;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([RefreshModule]);
  connections = scene.app.get(Connections);
});
beforeEach(async () => {
  // The worker takes whatever is due: what an earlier test left must not be.
  await scene.app.database.query(`UPDATE connections SET due_at = NULL`);
  owner = await scene.newOwner();
  id = await scene.connect(owner);
  await makeDue(id);
});
afterAll(() => scene?.close());

const makeDue = (due: string) =>
  scene.app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [due, scene.app.clock.now()]);

async function find(): Promise<Connection> {
  const connection = await connections.byId(owner.tenantId, id);
  if (!connection) throw new Error('The connection is gone.');
  return connection;
}

async function held(): Promise<Extract<Credentials, { kind: 'oauth2' }>> {
  const credentials = (await connections.credentials(owner.tenantId, id))?.value.reveal();
  if (credentials?.kind !== 'oauth2') throw new Error('The credentials are gone.');
  return credentials;
}

/** Lets the worker take what is due, with the token endpoint answering so. @returns the connection once its lease is free again */
async function refresh(answer: Answer): Promise<Connection> {
  scene.server.answerWith(answer);
  const { version } = await find();
  scene.app.get(RefreshWorker).wake();
  for (;;) {
    const connection = await find();
    if (connection.version > version && connection.leaseUntil === null) return connection;
    await turn();
  }
}

const fresh = { access_token: 'access-2', token_type: 'Bearer', expires_in: 7200, refresh_token: 'refresh-2' };
const secondsUntilDue = ({ dueAt }: Connection) =>
  ((dueAt?.getTime() ?? Number.NaN) - scene.app.clock.now().getTime()) / 1000;

describe('a refresh', () => {
  it("asks the token endpoint once, as the tenant's client and with the held refresh token (RFC 6749 §6)", async () => {
    await refresh(json(200, fresh));
    expect(scene.server.requests).toMatchObject([
      { method: 'POST', url: '/token', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ]);
    expect(Object.fromEntries(new URLSearchParams(scene.server.requests[0]?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-1',
      client_id: oauthClient.clientId,
      client_secret: oauthClient.clientSecret,
    });
  });

  it('stores the new tokens and computes when they are due next', async () => {
    const connection = await refresh(json(200, { ...fresh, scope: 'things more' }));
    expect(await held()).toMatchObject({
      accessToken: 'access-2',
      refreshToken: 'refresh-2',
      scopes: ['things', 'more'],
    });
    expect(connection).toMatchObject({
      status: 'connected',
      scopes: ['things', 'more'],
      expiresAt: scene.app.clock.in(7200),
      lastRefreshedAt: scene.app.clock.now(),
      refreshFailures: 0,
    });
    expect(secondsUntilDue(connection)).toBeGreaterThanOrEqual(7200 - 1080);
    expect(secondsUntilDue(connection)).toBeLessThanOrEqual(7200 - 900);
  });

  it.each([[undefined], ['']])('keeps the refresh token and the scopes when the answer names %j', async (named) => {
    await refresh(json(200, { access_token: 'access-2', expires_in: 3600, refresh_token: named }));
    expect(await held()).toMatchObject({ accessToken: 'access-2', refreshToken: 'refresh-1', scopes: ['things'] });
  });

  it('spends the newest refresh token, not an older one', async () => {
    await refresh(json(200, fresh));
    await makeDue(id);
    await refresh(json(200, { ...fresh, access_token: 'access-3', refresh_token: 'refresh-3' }));
    expect(new URLSearchParams(scene.server.requests[0]?.body).get('refresh_token')).toBe('refresh-2');
    expect(await held()).toMatchObject({ refreshToken: 'refresh-3' });
  });

  it('of a token that ends at once is not due again at once', async () => {
    expect(secondsUntilDue(await refresh(json(200, { ...fresh, expires_in: 1 })))).toBeGreaterThanOrEqual(5);
  });

  it.each([
    ['no end', undefined, null],
    ['an end as text', '7200', 7200],
    ['an end that is none', 'soon', null],
    ['an end of at once', 0, null],
    ['an end in a thousand years', 31_536_000_000, 90 * 86_400],
  ])('understands a token with %s', async (_, expiresIn, seconds) => {
    const connection = await refresh(json(200, { ...fresh, expires_in: expiresIn }));
    expect(connection.expiresAt).toEqual(seconds === null ? null : scene.app.clock.in(seconds));
    expect(connection.dueAt === null).toBe(seconds === null);
  });
});

describe('a refusal', () => {
  it('of the grant leaves the mending to the user: not due any more, and not asked again', async () => {
    const connection = await refresh(json(400, { error: 'invalid_grant' }));
    expect(connection).toMatchObject({ status: 'needs_reauth', dueAt: null, refreshFailures: 1 });
    expect(connection.statusReason).toContain('ended the authorization');
    expect(await held()).toMatchObject({ accessToken: 'access-1' });
  });

  it.each([
    [400, 'invalid_client'],
    [401, 'invalid_client'],
    [400, 'unauthorized_client'],
  ])('of the client (%i %s) is no matter of the user, who stays connected, and tried again', async (status, error) => {
    const connection = await refresh(json(status, { error }));
    expect(connection).toMatchObject({ status: 'connected', refreshFailures: 0, attemptAt: null });
    expect(secondsUntilDue(connection)).toBeGreaterThanOrEqual(15);
  });

  it.each([
    ['500', json(500, {})],
    ['503', json(503, { error: 'temporarily_unavailable' })],
    ['429', json(429, {})],
    ['a page instead of JSON', (_: unknown, response: { end(text: string): unknown }) => response.end('<html>')],
    ['200 without a token', json(200, {})],
    ['200 with an error', json(200, { error: 'bad_verification_code', access_token: 'x' })],
    ['a connection that breaks', (_: unknown, response: { destroy(): unknown }) => response.destroy()],
    ['a redirect', json(302, {}, { location: '/elsewhere' })],
  ])('by %s degrades it and keeps its tokens', async (_, answer) => {
    expect(await refresh(answer)).toMatchObject({ status: 'degraded', refreshFailures: 1 });
    expect(await held()).toMatchObject({ accessToken: 'access-1', refreshToken: 'refresh-1' });
  });
});

describe('a connection whose refreshes fail', () => {
  it('waits ever longer, up to an hour', async () => {
    for (const ceiling of [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]) {
      const wait = secondsUntilDue(await refresh(json(500, {})));
      expect(wait).toBeGreaterThanOrEqual(ceiling / 2 - 0.001);
      expect(wait).toBeLessThanOrEqual(ceiling + 0.001);
      scene.app.clock.advance(wait);
    }
    expect(await find()).toMatchObject({ refreshFailures: 9 });
  });

  it('recovers by itself once the third party does', async () => {
    scene.app.clock.advance(secondsUntilDue(await refresh(json(500, {}))));
    expect(await refresh(json(200, fresh))).toMatchObject({
      status: 'connected',
      statusReason: null,
      refreshFailures: 0,
      statusSince: scene.app.clock.now(),
    });
  });

  it('waits at least as long as Retry-After says', async () => {
    expect(secondsUntilDue(await refresh(json(503, {}, { 'retry-after': '900' })))).toBe(900);
  });

  it('is asked for again where the app was switched off meanwhile, and kept', async () => {
    const catalog = scene.app.get(TenantCatalog);
    await catalog.configure(owner.tenantId, 'acme-crm', { enabled: false });
    const connection = await refresh(json(200, fresh));
    expect(connection).toMatchObject({ status: 'degraded', statusReason: expect.stringContaining('switched off') });
    expect(scene.server.requests).toEqual([]);
    await catalog.configure(owner.tenantId, 'acme-crm', { enabled: true });
    scene.app.clock.advance(secondsUntilDue(connection));
    expect(await refresh(json(200, fresh))).toMatchObject({ status: 'connected' });
  });

  it('without a refresh token needs the user, and the third party is not asked', async () => {
    await scene.app.database.query(`UPDATE connections SET due_at = NULL`);
    id = await scene.connect(owner, oauth2Credentials(scene.app, { refreshToken: null }));
    await makeDue(id);
    expect(await refresh(json(200, fresh))).toMatchObject({ status: 'needs_reauth', dueAt: null });
    expect(scene.server.requests).toEqual([]);
  });
});
