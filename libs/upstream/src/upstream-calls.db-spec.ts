import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId } from '#libs/database';
import {
  type Answer,
  createSigningTenant,
  createTestDatabase,
  createUpstream,
  createUser,
  type HttpServer,
  json,
  type ReceivedRequest,
  startHttpServer,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { SigningKeysModule } from '#libs/signing-keys';
import { Users } from '#libs/tenants';
import { type Upstream, UpstreamCalls, UpstreamModule, type UpstreamRequest } from './index.js';

let database: TestDatabase;
let app: TestApp;
let server: HttpServer;
let tenantId: TenantId;
let userId: string;
let upstream: Upstream;

const options = () => ({ databaseUrl: database.url, imports: [SigningKeysModule, UpstreamModule] });

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startHttpServer();
  app = await startTestApp(options());
});
beforeEach(async () => {
  // Whatever was paused before is not any more.
  app.clock.advance(3600);
  tenantId = await createSigningTenant(app);
  userId = await createUser(app, tenantId);
  upstream = await createUpstream(app, tenantId, server.origin);
  issued = 0;
  server.answerWith(api());
});
afterAll(async () => {
  await app?.close();
  await server?.close();
  await database?.drop();
});

let issued = 0;
const isTokenCall = ({ url }: ReceivedRequest) => url === '/oauth/token';
const token: Answer = (request, response) => {
  issued += 1;
  return json(200, { access_token: `token-${issued}`, token_type: 'Bearer', expires_in: 3600 })(request, response);
};

/** Tokens for everybody, and `answer` to all else. */
function api(answer: Answer = json(200, { data: [] }), tokens: Answer = token): Answer {
  return (request, response) => (isTokenCall(request) ? tokens : answer)(request, response);
}

const request: UpstreamRequest = { method: 'GET', path: '/v2/apps', urgency: 'person' };
const call = (changes: Partial<UpstreamRequest> = {}, user: string | null = userId, process = app) =>
  process.get(UpstreamCalls).call(upstream, user, { ...request, ...changes });
const apiCalls = () => server.requests.filter((received) => !isTokenCall(received));
const tokenCalls = () => server.requests.filter(isTokenCall);

describe('a call for a user', () => {
  it('exchanges a JWT that names the user and the org, and goes out with the token', async () => {
    await call({ query: { query: 'sl ack' } });
    const [asked] = tokenCalls();
    const form = new URLSearchParams(asked?.body);
    expect(Object.fromEntries(form)).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:external-jwt',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access-token',
      client_id: 'partner-client',
      client_secret: 'partner-secret',
    });
    const { iat = 0, exp = 0, ...claims } = decodeJwt(form.get('subject_token') ?? '');
    const user = await app.get(Users).find(tenantId, userId);
    expect(claims).toMatchObject({
      iss: 'https://partner.example',
      aud: 'connect.zapier.com',
      sub: user?.subject,
      org_id: 'org-1',
      nbf: iat,
      jti: expect.any(String) as string,
    });
    expect(exp - iat).toBeLessThanOrEqual(300);
    expect(apiCalls()).toMatchObject([
      { url: '/v2/apps?query=sl+ack', headers: { authorization: 'Bearer token-1', accept: 'application/json' } },
    ]);
  });

  it('uses one token until shortly before its end, in all processes', async () => {
    await using other = await startTestApp({ ...options(), clock: app.clock, keyring: app.keyring });
    await call();
    await call({}, userId, other);
    app.clock.advance(3200);
    await call();
    expect(tokenCalls()).toHaveLength(1);
    app.clock.advance(120);
    await call();
    expect(tokenCalls()).toHaveLength(2);
  });

  it('makes one exchange, whoever asks at the same time in whichever process', async () => {
    await using other = await startTestApp({ ...options(), clock: app.clock, keyring: app.keyring });
    const calls = Array.from({ length: 20 }, (_, index) => call({}, userId, index % 2 ? other : app));
    await Promise.all(calls);
    expect(tokenCalls()).toHaveLength(1);
    expect(new Set(apiCalls().map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer token-1']));
  });

  it('takes over from a process that died while it was asking', async () => {
    await app.database.query(
      `INSERT INTO upstream_tokens (tenant_id, upstream_id, subject_id, lease_until, version) VALUES ($1, $2, $3, $4, 1)`,
      [tenantId, upstream.id, userId, app.clock.in(-1)],
    );
    await call();
    expect(tokenCalls()).toHaveLength(1);
  });

  it.each<[string, Partial<Upstream>]>([
    ['server', { apiUrl: '/elsewhere' }],
    ['client', { clientId: 'another-client' }],
    ['user claim', { userClaim: 'user_id' }],
  ])('brings no token to another %s than it was issued for', async (_, changes) => {
    await using other = await startTestApp({ ...options(), clock: app.clock, keyring: app.keyring });
    await call();
    const apiUrl = server.origin + (changes.apiUrl ?? '');
    upstream = await createUpstream(app, tenantId, server.origin, { ...changes, apiUrl });
    await call();
    await call({}, userId, other);
    const bearers = apiCalls().map(({ headers }) => headers.authorization);
    expect(bearers).toEqual(['Bearer token-1', 'Bearer token-2', 'Bearer token-2']);
  });

  it.each<[string, Answer]>([
    ['401', json(401, { errors: [{ status: 401, code: 'not_authenticated', title: 'x', detail: 'x' }] })],
    ['403 authentication_failed without an envelope', json(403, { code: 'authentication_failed', detail: 'x' })],
  ])('drops a token that is answered %s, and calls once more with another', async (_, refusal) => {
    const once: Answer = (received, response) =>
      (received.headers.authorization === 'Bearer token-1' ? refusal : json(200, { data: 'fine' }))(received, response);
    server.answerWith(api(once));
    await expect(call()).resolves.toMatchObject({ status: 200, body: { data: 'fine' } });
    expect(tokenCalls()).toHaveLength(2);
  });

  it('says so when a new token is not accepted either, after two calls', async () => {
    server.answerWith(api(json(401, {})));
    await expect(call()).rejects.toMatchObject({ kind: 'unavailable', mayHaveArrived: false, status: 401 });
    expect(apiCalls()).toHaveLength(2);
  });

  it('is none in the mode of the client alone', async () => {
    upstream = await createUpstream(app, tenantId, server.origin, { mode: 'app' });
    await expect(call()).rejects.toMatchObject({ kind: 'unlinked' });
    expect(server.requests).toEqual([]);
  });

  it('of another tenant gets no token', async () => {
    const stranger = await createUser(app, await createSigningTenant(app));
    await expect(call({}, stranger)).rejects.toMatchObject({ kind: 'unlinked' });
    expect(server.requests).toEqual([]);
  });
});

it('a call for nobody names the client, and needs no token', async () => {
  await call({}, null);
  expect(server.requests).toMatchObject([{ url: '/v2/apps?client_id=partner-client' }]);
  expect(server.requests[0]?.headers.authorization).toBeUndefined();
});

describe('a token that is not given', () => {
  it.each<[string, Answer, object]>([
    ['for a wrong secret', json(401, { error: 'invalid_client' }), { kind: 'unavailable', status: 401 }],
    ['in an answer of 200', json(200, { error: 'invalid_request' }), { kind: 'unavailable', status: 200 }],
    ['for a while', json(503, { error: 'temporarily_unavailable' }), { kind: 'unavailable', status: 503 }],
    ['for too many calls', json(429, {}), { kind: 'throttled', status: 429 }],
    ['at all', (_, response) => response.destroy(), { kind: 'unavailable', status: null }],
  ])('%s leaves what was asked for unsent, and is asked for at the next call', async (_, answer, expected) => {
    server.answerWith(api(undefined, answer));
    await expect(call()).rejects.toMatchObject({ ...expected, mayHaveArrived: false });
    expect(apiCalls()).toEqual([]);
    app.clock.advance(61);
    server.answerWith(api());
    await expect(call()).resolves.toMatchObject({ status: 200 });
  });
});

const html: Answer = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Sorry');

describe('an answer', () => {
  const wrong = { errors: [{ status: '400', code: 'invalid', title: 'T', detail: 'D', source: { pointer: '/data' } }] };
  const problem = { code: 'invalid', title: 'T', detail: 'D', pointer: '/data' };
  it.each<[string, Answer, object]>([
    ['400', json(400, wrong), { kind: 'refused', status: 400, problems: [problem] }],
    ['404 of no body', (_, response) => response.writeHead(404).end(), { kind: 'refused', status: 404, problems: [] }],
    ['500', json(500, {}), { kind: 'unavailable', status: 500, mayHaveArrived: true }],
    ['200 of HTML', html, { kind: 'unavailable', status: 200, mayHaveArrived: true }],
    ['302', json(302, {}, { location: '/' }), { kind: 'unavailable', status: 302 }],
    ['none', (_, response) => response.destroy(), { kind: 'lost', status: null, mayHaveArrived: true }],
  ])('of %s is told', async (_, answer, expected) => {
    server.answerWith(api(answer));
    await expect(call()).rejects.toMatchObject(expected);
  });

  it('of a server that is not there says that nothing was sent', async () => {
    upstream = await createUpstream(app, tenantId, 'http://127.0.0.1:1');
    await expect(call({}, null)).rejects.toMatchObject({ kind: 'unreachable', mayHaveArrived: false });
  });

  it.each([
    ['30', 60],
    ['90', 90],
    [undefined, 60],
  ])('of 429 with Retry-After %s is not called again for %i s', async (header, seconds) => {
    server.answerWith(api(json(429, {}, header === undefined ? {} : { 'retry-after': header })));
    await expect(call()).rejects.toMatchObject({ kind: 'throttled', at: app.clock.in(seconds), mayHaveArrived: false });
  });
});
