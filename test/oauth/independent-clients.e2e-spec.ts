import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import session from 'express-session';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import passport from 'passport';
import { Strategy } from 'passport-oauth2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, startService, type ServiceProcess, type TestDatabase } from '#libs/testing';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner, TOKEN_EXCHANGE, types } from '../main-job/partner.js';
import { addClient, Browser, LOGIN_URL, setLoginUrl, type OauthClient } from './authorization-scene.js';

/** Without a query, since openid-client takes the redirect URI from where the browser ended. */
const CALLBACK = 'https://notes.acme.test/connected';

/** Clients that we did not write, with every check of theirs on but the one for TLS. */
let database: TestDatabase;
let service: ServiceProcess;
let gatehouse: Gatehouse;
let partner: Partner;
let registered: OauthClient & { clientSecret: string };
let issuer: URL;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService({ databaseUrl: database.url });
  // By the name that it gives itself: both libraries compare it with the issuer of its metadata.
  issuer = new URL(service.url.replace('127.0.0.1', 'localhost'));
  gatehouse = new Gatehouse(issuer.origin, service.adminToken);
  partner = await Partner.enrol(gatehouse, { slug: 'acme' });
  await setLoginUrl(gatehouse, partner, LOGIN_URL);
  const made = await addClient(gatehouse, partner, {
    grants: ['authorization_code', 'refresh_token', 'client_credentials', 'token_exchange'],
    scopes: ['profile', 'zap', 'connection:read', 'webhook:read'],
    redirect_uris: [CALLBACK],
  });
  registered = { clientId: made.clientId, clientSecret: made.clientSecret ?? '' };
});
afterAll(async () => {
  await service?.stop();
  await database?.drop();
});

/** From an authorization URL to where the browser ends: the person signs in at the tenant and allows it. */
async function allow(authorizationUrl: URL, user = 'mia'): Promise<URL> {
  return new Browser(gatehouse, partner).authorize(user, Object.fromEntries(authorizationUrl.searchParams));
}

const configure = (method = client.ClientSecretPost(registered.clientSecret)) =>
  client.discovery(issuer, registered.clientId, undefined, method, {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  });

describe('openid-client', () => {
  it('goes from discovery through code and PKCE to refresh, introspection and revocation', async () => {
    const config = await configure();
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const expectedState = client.randomState();
    const callback = await allow(
      client.buildAuthorizationUrl(config, {
        redirect_uri: CALLBACK,
        scope: 'zap profile',
        state: expectedState,
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
      }),
    );
    const tokens = await client.authorizationCodeGrant(config, callback, { pkceCodeVerifier, expectedState });
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 36_000, scope: 'zap profile' });
    const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '', { scope: 'zap' });
    expect(renewed).toMatchObject({ scope: 'zap' });
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token);
    expect(await client.tokenIntrospection(config, renewed.access_token)).toMatchObject({ active: true, scope: 'zap' });
    await client.tokenRevocation(config, renewed.refresh_token ?? '');
    await expect(client.refreshTokenGrant(config, renewed.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect(await client.tokenIntrospection(config, renewed.access_token)).toEqual({ active: false });
  });

  it('gets a token as the app itself, by HTTP Basic', async () => {
    const config = await configure(client.ClientSecretBasic(registered.clientSecret));
    const tokens = await client.clientCredentialsGrant(config, { scope: 'webhook:read' });
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 36_000, scope: 'webhook:read' });
    expect(tokens.refresh_token).toBeUndefined();
  });

  it("exchanges a partner's JWT", async () => {
    const tokens = await client.genericGrantRequest(await configure(), TOKEN_EXCHANGE, {
      subject_token: await partner.jwt('mia'),
      subject_token_type: types.externalJwt,
      scope: 'zap',
    });
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'zap', issued_token_type: types.accessToken });
  });

  it('refuses a redirect whose issuer is another', async () => {
    const config = await configure();
    const expectedState = client.randomState();
    const callback = await allow(
      client.buildAuthorizationUrl(config, { redirect_uri: CALLBACK, scope: 'zap', state: expectedState }),
    );
    callback.searchParams.set('iss', 'https://evil.test');
    await expect(client.authorizationCodeGrant(config, callback, { expectedState })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('iss') },
    });
  });
});

const self = () => ({ client_id: registered.clientId });
const secret = () => oauth.ClientSecretBasic(registered.clientSecret);

describe('oauth4webapi', () => {
  const insecure = { [oauth.allowInsecureRequests]: true };

  async function discover(): Promise<oauth.AuthorizationServer> {
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
    return oauth.processDiscoveryResponse(issuer, response);
  }

  it('goes from discovery through code and PKCE to refresh, introspection and revocation', async () => {
    const server = await discover();
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const authorizationUrl = new URL(server.authorization_endpoint ?? '');
    authorizationUrl.search = new URLSearchParams({
      client_id: registered.clientId,
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'zap',
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).toString();
    const parameters = oauth.validateAuthResponse(server, self(), await allow(authorizationUrl), state);
    const tokens = await oauth.processAuthorizationCodeResponse(
      server,
      self(),
      await oauth.authorizationCodeGrantRequest(server, self(), secret(), parameters, CALLBACK, verifier, insecure),
    );
    const renewed = await oauth.processRefreshTokenResponse(
      server,
      self(),
      await oauth.refreshTokenGrantRequest(server, self(), secret(), tokens.refresh_token ?? '', insecure),
    );
    const introspect = async () =>
      oauth.processIntrospectionResponse(
        server,
        self(),
        await oauth.introspectionRequest(server, self(), secret(), renewed.access_token, insecure),
      );
    expect(await introspect()).toMatchObject({ active: true, client_id: registered.clientId });
    const revoked = await oauth.revocationRequest(server, self(), secret(), renewed.access_token, insecure);
    expect(await oauth.processRevocationResponse(revoked)).toBeUndefined();
    expect(await introspect()).toEqual({ active: false });
  });

  it('gets a token as the app itself', async () => {
    const server = await discover();
    const response = await oauth.clientCredentialsGrantRequest(server, self(), secret(), {}, insecure);
    expect(await oauth.processClientCredentialsResponse(server, self(), response)).toMatchObject({
      scope: 'webhook:read',
    });
  });

  it("exchanges a partner's JWT", async () => {
    const server = await discover();
    const parameters = { subject_token: await partner.jwt('mia'), subject_token_type: types.externalJwt };
    const response = await oauth.genericTokenEndpointRequest(
      server,
      self(),
      secret(),
      TOKEN_EXCHANGE,
      parameters,
      insecure,
    );
    expect(await oauth.processGenericTokenEndpointResponse(server, self(), response)).toMatchObject({
      token_type: 'bearer',
    });
  });
});

describe("a partner's Express app with passport-oauth2", () => {
  let app: Server;
  let appUrl: string;

  beforeAll(async () => {
    app = createServer();
    await once(app.listen(0, '127.0.0.1'), 'listening');
    appUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
    const { clientId, clientSecret = '' } = await addClient(gatehouse, partner, {
      redirect_uris: [`${appUrl}/callback`],
    });
    passport.use(
      'gatehouse',
      new Strategy(
        {
          authorizationURL: `${issuer.origin}/oauth/authorize`,
          tokenURL: `${issuer.origin}/oauth/token/`,
          clientID: clientId,
          clientSecret,
          callbackURL: `${appUrl}/callback`,
          scope: 'zap profile',
          scopeSeparator: ' ',
          state: true,
          pkce: true,
        },
        (accessToken: string, refreshToken: string, _profile: unknown, done: (error: null, user: object) => void) =>
          done(null, { accessToken, refreshToken }),
      ),
    );
    const partnerApp = express();
    partnerApp.use(session({ secret: 'of this test', resave: false, saveUninitialized: false }));
    partnerApp.get('/connect', passport.authenticate('gatehouse', { session: false }));
    partnerApp.get('/callback', passport.authenticate('gatehouse', { session: false }), (request, response) => {
      response.json(request.user);
    });
    app.on('request', partnerApp);
  });
  afterAll(async () => {
    app.closeAllConnections();
    await new Promise((closed) => app.close(closed));
  });

  it('connects a user and gets both tokens', async () => {
    const started = await fetch(`${appUrl}/connect`, { redirect: 'manual' });
    const cookie = started.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const end = await allow(new URL(started.headers.get('location') ?? ''));
    expect(end.origin).toBe(appUrl);
    const answer = await fetch(end, { headers: { cookie } });
    expect(await answer.json()).toEqual({
      accessToken: expect.stringMatching(/^gate_at_/),
      refreshToken: expect.stringMatching(/^gate_rt_/),
    });
  });
});
