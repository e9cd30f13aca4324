import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/database';
import { Denials, Disabling, OauthModule } from '#libs/oauth';
import { type ConnectionOwner, startThirdPartyScene, type ThirdPartyScene } from '#libs/testing';
import { Clients, Tenants, type DisabledKind } from '#libs/tenants';
import { AttemptSteps } from './attempt-steps.store.js';
import { Attempts, ConnectFlow, ConnectLinks, ConnectModule } from './index.js';

let scene: ThirdPartyScene;
let flow: ConnectFlow;
let owner: ConnectionOwner;
let clientId: string;
let slug: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([ConnectModule, OauthModule]);
  flow = scene.app.get(ConnectFlow);
});
beforeEach(async () => {
  owner = await scene.newOwner();
  clientId = (await scene.app.get(Clients).list(owner.tenantId))[0]?.clientId ?? '';
  slug = (await scene.app.get(Tenants).byId(owner.tenantId))?.slug ?? '';
});
afterAll(() => scene?.close());

const plain = { redirectUri: null, partnerState: null, reconnectId: null };
const issue = async (from: { grantId?: string; rootId?: string } = {}) =>
  (await scene.app.get(Attempts).issue(owner.tenantId, { ...owner, clientId, ...from })).code;
const open = (code: string) => flow.open(code, 'acme-crm', plain);
const opened = async () => {
  const result = await open(await issue());
  if (!('cookie' in result)) throw new Error('The attempt did not open.');
  return result;
};

async function set(kind: DisabledKind, disabled: boolean): Promise<void> {
  const id = { tenant: owner.tenantId, client: clientId, user: owner.userId }[kind];
  const disabling = scene.app.get(Disabling);
  await scene.app.database.transaction((tx) =>
    disabling.set(owner.tenantId, { kind, id, disabled }, { name: 'ops', address: null }, tx),
  );
  await disabling.takeEffect(owner.tenantId, kind, id);
}

/** Of the user alone the partner is told: whoever else is off is told nothing. */
const descriptions = { tenant: 'Invalid token', client: 'Invalid token', user: 'User not found' };
const outcomeOf = (code: string) =>
  open(code).then(
    (result) => ('failure' in result ? result.failure.description : 'opened'),
    (error: Error) => error.message,
  );

describe.each<DisabledKind>(['tenant', 'client', 'user'])('with its %s disabled', (kind) => {
  it('a session code opens nothing, and stays dead when it is enabled again', async () => {
    const [code, kept] = [await issue(), await issue()];
    await set(kind, true);
    expect(await outcomeOf(code)).toBe(descriptions[kind]);
    scene.app.clock.advance(1);
    await set(kind, false);
    await expect(open(kept)).rejects.toMatchObject({ description: 'Invalid token' });
    scene.app.clock.advance(1);
    expect(await open(await issue())).toHaveProperty('cookie');
  });

  it('an attempt under way goes no further, in its browser or back from the app', async () => {
    const { attempt, cookie } = await opened();
    const state = await scene.app.get(AttemptSteps).beginConsent(attempt);
    await set(kind, true);
    const refused = { description: descriptions[kind] };
    await expect(flow.resume(attempt.id, cookie)).rejects.toMatchObject(refused);
    const back = flow.returned(state, { tenantSlug: slug, appKey: 'acme-crm' }, () => cookie);
    await expect(back).rejects.toMatchObject(refused);
    const left = await scene.app.get(Attempts).ofUser(owner.tenantId, owner.userId, attempt.id);
    expect(left).toMatchObject({ state: 'failed', error: descriptions[kind] });
  });
});

it('a session code and what it opened end with the authorization, or the access token, that it came from', async () => {
  const { app } = scene;
  const end = async (kind: 'grant' | 'token', subject: string) => {
    await app.database.transaction((tx) => app.get(Denials).end(owner.tenantId, kind, subject, app.clock.in(3600), tx));
    await app.get(Denials).sync();
  };
  for (const [kind, from] of [
    ['grant', { grantId: newId() }],
    ['token', { rootId: 'root' }],
  ] as const) {
    const codes = [await issue(from), await issue(from)] as const;
    const result = await open(codes[0]);
    if (!('cookie' in result)) throw new Error('The attempt did not open.');
    await end(kind, Object.values(from)[0] ?? '');
    await expect(open(codes[1])).rejects.toMatchObject({ description: 'Invalid token' });
    await expect(flow.resume(result.attempt.id, result.cookie)).rejects.toMatchObject({ description: 'Invalid token' });
  }
  expect(await open(await issue({ grantId: newId(), rootId: 'another' }))).toHaveProperty('cookie');
});

it('a hosted link opens nothing while its user or tenant is disabled, and again when they are enabled', async () => {
  const links = scene.app.get(ConnectLinks);
  const values = { userTitle: null, redirectUri: null, reconnectId: null, expiresInSeconds: 3600 };
  const { token } = await links.create(owner.tenantId, { ...owner, ...values }, null);
  const outcome = async () => {
    const begun = await links.open(token, null);
    if (!begun || !('cookie' in begun)) return 'dead';
    const result = await flow.openedByLink(begun.attempt, begun.cookie, 'acme-crm').catch((error: Error) => error);
    return 'cookie' in result ? 'opened' : 'refused';
  };
  for (const kind of ['user', 'tenant'] as const) {
    await set(kind, true);
    expect(await outcome()).toBe('refused');
    scene.app.clock.advance(1);
    await set(kind, false);
    expect(await outcome()).toBe('opened');
  }
});

it('with another client disabled a session code opens', async () => {
  const values = { name: 'Other', grants: [], scopes: [], redirectUris: [], isPublic: false };
  const { client } = await scene.app.get(Clients).add(owner.tenantId, values, () => Promise.resolve());
  const code = await issue();
  clientId = client.clientId;
  await set('client', true);
  expect(await open(code)).toHaveProperty('cookie');
});
