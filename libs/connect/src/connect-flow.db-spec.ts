import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Connections } from '#libs/connections';
import { type ConnectionOwner, createUser, startThirdPartyScene, type ThirdPartyScene } from '#libs/testing';
import { type Tenant, Tenants } from '#libs/tenants';
import { AttemptSteps } from './attempt-steps.store.js';
import {
  Attempts,
  ConnectCompletion,
  Connecting,
  ConnectFlow,
  ConnectModule,
  failures,
  type ConsentContext,
} from './index.js';

let scene: ThirdPartyScene;
let flow: ConnectFlow;
let attempts: Attempts;
let steps: AttemptSteps;
let owner: ConnectionOwner;
let tenant: Tenant;

beforeAll(async () => {
  scene = await startThirdPartyScene([ConnectModule]);
  flow = scene.app.get(ConnectFlow);
  attempts = scene.app.get(Attempts);
  steps = scene.app.get(AttemptSteps);
});
beforeEach(async () => {
  owner = await scene.newOwner();
  const found = await scene.app.get(Tenants).byId(owner.tenantId);
  if (!found) throw new Error('The tenant is gone.');
  tenant = found;
});
afterAll(() => scene?.close());

const plain = { redirectUri: null, partnerState: null, reconnectId: null };
const answer = () => ({
  members: { access_token: 'access-2', refresh_token: 'refresh-2', expires_in: 3600 },
  askedAt: scene.app.clock.now(),
});
const issue = async () => (await attempts.issue(owner.tenantId, { ...owner, clientId: 'client-1' })).code;

async function opened(link: Parameters<ConnectFlow['open']>[2] = plain): Promise<ConsentContext & { cookie: string }> {
  const result = await flow.open(await issue(), 'acme-crm', link);
  if (!('cookie' in result)) throw new Error('The attempt did not open.');
  return result;
}

async function consented(context: ConsentContext) {
  const step = await scene.app.get(Connecting).consented(context, answer());
  if (step.kind !== 'ended') throw new Error(`It is ${step.kind}.`);
  return step.result;
}

async function completed(context: ConsentContext) {
  await steps.beginConsent(context.attempt);
  const result = await consented(context);
  if (!('connectionId' in result)) throw new Error(`It failed: ${result.failure.description}`);
  const connection = await scene.app.get(Connections).find(owner.tenantId, owner.userId, result.connectionId);
  return { ...result, connection };
}

const path = () => ({ tenantSlug: tenant.slug, appKey: 'acme-crm' });
const returned = (state: string, cookie?: string, at = path()) => flow.returned(state, at, () => cookie);

describe('opening the page', () => {
  it('refuses a code that was used, without saying whose it was', async () => {
    const code = await issue();
    await flow.open(code, 'acme-crm', plain);
    await expect(flow.open(code, 'acme-crm', plain)).rejects.toMatchObject({ description: 'Invalid token' });
  });

  it('tells an expired code apart', async () => {
    const code = await issue();
    scene.app.clock.advance(361);
    expect(await flow.open(code, 'acme-crm', plain)).toMatchObject({ failure: { description: 'Token expired' } });
  });

  it.each([
    ['another app', 'other-crm', plain, 'Invalid app'],
    [
      'an unknown connection to renew',
      'acme-crm',
      { ...plain, reconnectId: '0192f0c1-2b3c-7def-8123-456789abcdef' },
      'Invalid reconnect_id',
    ],
  ])('fails the attempt for %s', async (_, app, link, description) => {
    expect(await flow.open(await issue(), app, link)).toMatchObject({ failure: { description } });
  });

  it('leaves the code unused when the connection to renew is no id at all', async () => {
    const code = await issue();
    await expect(flow.open(code, 'acme-crm', { ...plain, reconnectId: 'x' })).rejects.toMatchObject({
      description: 'Invalid reconnect_id',
    });
    expect(await flow.open(code, 'acme-crm', plain)).toHaveProperty('cookie');
  });

  it('never returns to a page that is not registered', async () => {
    const [redirectUri = ''] = tenant.redirectUris;
    for (const evil of [`${redirectUri}/`, `${redirectUri}?a=1`, 'https://evil.example']) {
      await expect(flow.open(await issue(), 'acme-crm', { ...plain, redirectUri: evil })).rejects.toMatchObject({
        description: 'Invalid redirect_uri',
      });
    }
    expect(await opened({ ...plain, redirectUri })).toMatchObject({ attempt: { redirectUri } });
  });

  it("renews no other user's connection", async () => {
    const userId = await createUser(scene.app, owner.tenantId);
    const reconnectId = await scene.connect({ ...owner, userId });
    const result = await flow.open(await issue(), 'acme-crm', { ...plain, reconnectId });
    expect(result).toMatchObject({ failure: { description: 'Invalid reconnect_id' } });
  });
});

describe('going on', () => {
  it('is possible for half an hour, and then said to be too late', async () => {
    const { attempt, cookie } = await opened();
    scene.app.clock.advance(1799);
    expect(await flow.resume(attempt.id, cookie)).toMatchObject({ attempt: { id: attempt.id } });
    scene.app.clock.advance(1);
    await expect(flow.resume(attempt.id, cookie)).rejects.toMatchObject({
      description: 'Session initialization failed',
      advice: expect.stringContaining('longer than half an hour'),
    });
  });

  it('waits for an answer that another request is asking for, a minute at most', async () => {
    const context = await opened();
    await returned(await steps.beginConsent(context.attempt), context.cookie);
    const step = () => scene.app.get(Connecting).step(context);
    scene.app.clock.advance(59);
    expect(await step()).toMatchObject({ kind: 'working' });
    scene.app.clock.advance(1);
    expect(await step()).toMatchObject({
      kind: 'ended',
      result: { failure: { description: 'An unexpected error occurred' } },
    });
  });
});

describe('coming back from the third party', () => {
  it('goes on in the browser that began', async () => {
    const { attempt, cookie } = await opened();
    expect(await returned(await steps.beginConsent(attempt), cookie)).toMatchObject({ attempt: { id: attempt.id } });
  });

  it.each([
    ['in another browser', (own: string) => ({ cookie: own.replace(/.$/, '!'), at: undefined })],
    ['without a cookie', () => ({ cookie: undefined, at: undefined })],
    [
      "at another tenant's address",
      (own: string) => ({ cookie: own, at: { tenantSlug: 'other', appKey: 'acme-crm' } }),
    ],
    ["at another app's address", (own: string) => ({ cookie: own, at: { tenantSlug: tenant.slug, appKey: 'other' } })],
  ])('ends the attempt %s, for the right browser too', async (_, changed) => {
    const { cookie, ...context } = await opened();
    const { attempt } = context;
    const state = await steps.beginConsent(attempt);
    const wrong = changed(cookie);
    await expect(returned(state, wrong.cookie, wrong.at)).rejects.toMatchObject({ name: 'ConnectFailure' });
    await expect(returned(state, cookie)).rejects.toMatchObject({ name: 'ConnectFailure' });
    expect(await attempts.ofUser(owner.tenantId, owner.userId, attempt.id)).toMatchObject({ state: 'failed' });
    const { advice } = failures.otherBrowser();
    expect(await scene.app.get(Connecting).step(context)).toMatchObject({ result: { failure: { advice } } });
  });
});

const confirm = (attemptId: string, connectCode: string | null) =>
  scene.app.get(ConnectCompletion).confirm(owner.tenantId, owner.userId, attemptId, connectCode ?? '');
const accessToken = async (id: string) => {
  const held = (await scene.app.get(Connections).credentials(owner.tenantId, id))?.value.reveal();
  return held?.kind === 'oauth2' ? held.accessToken : undefined;
};

describe('completing', () => {
  it('under the strict policy leaves the connection pending, off the refresh schedule, until the partner confirms', async () => {
    const { attempt, connection, connectCode } = await completed(await opened());
    expect(connection).toMatchObject({ status: 'pending', dueAt: null });
    expect(connectCode).not.toBeNull();
    expect(await confirm(attempt.id, connectCode)).toBe(true);
    const confirmed = await scene.app.get(Connections).find(owner.tenantId, owner.userId, connection?.id ?? '');
    expect(confirmed).toMatchObject({ status: 'connected' });
    expect(confirmed?.dueAt).not.toBeNull();
  });

  it('under the policy for old code makes it usable at once, with no code to confirm', async () => {
    await scene.app.database.query(`UPDATE tenants SET connect_policy = 'zapier' WHERE id = $1`, [owner.tenantId]);
    const { connection, connectCode } = await completed(await opened());
    expect([connection?.status, connectCode]).toEqual(['connected', null]);
    expect(connection?.dueAt).not.toBeNull();
  });

  it('leaves the connection that it renews as it is until the partner confirms, and its id for good', async () => {
    const reconnectId = await scene.connect(owner);
    await scene.app.database.query(`UPDATE connections SET account_id = NULL WHERE id = $1`, [reconnectId]);
    const before = await scene.app.get(Connections).byId(owner.tenantId, reconnectId);
    const { attempt, connection, connectCode } = await completed(await opened({ ...plain, reconnectId }));
    expect(connection).toEqual(before);
    expect(await accessToken(reconnectId)).toBe('access-1');
    expect(await confirm(attempt.id, connectCode)).toBe(true);
    expect(await accessToken(reconnectId)).toBe('access-2');
    expect(await scene.app.get(Connections).byId(owner.tenantId, reconnectId)).toMatchObject({
      status: 'connected',
      version: 1,
    });
  });

  it('makes no connection for an attempt that was ended meanwhile', async () => {
    const context = await opened();
    await steps.beginConsent(context.attempt);
    await attempts.fail(context.attempt, 'cancelled');
    expect(await consented(context)).toMatchObject({ failure: { name: 'ConnectFailure' } });
    const { count } = await scene.app
      .get(Connections)
      .list(owner.tenantId, owner.userId, { appId: owner.appId, limit: 1, offset: 0 });
    expect(count).toBe(0);
  });

  it('renews nothing with the credentials of another account', async () => {
    const reconnectId = await scene.connect(owner);
    const connections = scene.app.get(Connections);
    const before = await connections.byId(owner.tenantId, reconnectId);
    const context = await opened({ ...plain, reconnectId });
    await steps.beginConsent(context.attempt);
    const result = await consented(context);
    expect(result).toMatchObject({ failure: { description: 'OAuth Failed: account_mismatch' } });
    expect(await connections.byId(owner.tenantId, reconnectId)).toEqual(before);
    expect((await connections.credentials(owner.tenantId, reconnectId))?.version).toBe(1);
  });

  it('takes the scopes that were asked for where the answer names none', async () => {
    expect((await completed(await opened())).connection?.scopes).toEqual(['things']);
  });
});
