import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Connections } from '#libs/connections';
import { mintToken, Secret } from '#libs/crypto';
import { newId } from '#libs/database';
import {
  type ConnectionOwner,
  createTenant,
  createUser,
  dumpRows,
  establishConnection,
  oauth2Credentials,
  startThirdPartyScene,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { Vault } from '#libs/vault';
import { AttemptSteps } from './attempt-steps.store.js';
import { Attempts, ConnectCompletion, ConnectModule, OldAttempts, type ConnectAttempt } from './index.js';

let scene: ThirdPartyScene;
let app: TestApp;
let attempts: Attempts;
let steps: AttemptSteps;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([ConnectModule]);
  app = scene.app;
  attempts = app.get(Attempts);
  steps = app.get(AttemptSteps);
});
beforeEach(async () => {
  owner = await scene.newOwner();
});
afterAll(() => scene?.close());

const link = { redirectUri: 'https://acme.example/connected', partnerState: 'partner-state', reconnectId: null };
const times = <T>(count: number, what: () => Promise<T>) => Promise.all(Array.from({ length: count }, what));
const issue = () => attempts.issue(owner.tenantId, { ...owner, clientId: 'client-1' });
const ofUser = (id: string) => attempts.ofUser(owner.tenantId, owner.userId, id);

async function open(): Promise<{ attempt: ConnectAttempt; cookie: string }> {
  const redeemed = await attempts.redeem((await issue()).code, link);
  if (!redeemed) throw new Error('The code was not redeemed.');
  return redeemed;
}

/** Consents and comes back. @returns the code to confirm with */
async function succeed(attempt: ConnectAttempt, connectionId: string, needsConfirmation: boolean) {
  await steps.beginConsent(attempt);
  const success = await attempts.succeed(attempt, connectionId, needsConfirmation, app.database);
  return success?.connectCode ?? null;
}

/** Changes the last character but one: the last of a base64url text may hold bits that count for nothing. */
const misspelt = (token: string) => token.replace(/.(?=.$)/, (letter) => (letter === 'A' ? 'B' : 'A'));

async function consented(): Promise<{ id: string; connectionId: string; code: string }> {
  const { attempt } = await open();
  const connectionId = await establishConnection(app, owner, oauth2Credentials(app), 'pending');
  const code = await succeed(attempt, connectionId, true);
  return { id: attempt.id, connectionId, code: code ?? '' };
}
const confirm = (id: string, code: string, { tenantId, userId } = owner) =>
  app.get(ConnectCompletion).confirm(tenantId, userId, id, code);
const statusOf = async (connectionId: string) =>
  (await app.get(Connections).byId(owner.tenantId, connectionId))?.status;

describe('a session code', () => {
  it('is redeemed into a cookie and what the link adds, for the user and app that it was issued for', async () => {
    const { id, code } = await issue();
    const redeemed = await attempts.redeem(code, link);
    const { tenantId, userId, appId } = owner;
    expect(redeemed).toMatchObject({
      codeExpired: false,
      attempt: { id, tenantId, userId, appId, state: 'opened', ...link },
    });
    expect(redeemed?.attempt.expiresAt).toEqual(app.clock.in(1800));
    expect(await attempts.ofBrowser(id, redeemed?.cookie)).toMatchObject({ id });
  });

  it('is redeemed by exactly one of 20 that bring it at once', async () => {
    const { id, code } = await issue();
    const redeemed = (await times(20, () => attempts.redeem(code, link))).filter((one) => one !== null);
    expect(redeemed).toHaveLength(1);
    expect(await attempts.ofBrowser(id, redeemed[0]?.cookie)).toMatchObject({ id });
  });

  it('is refused when it was used, is unknown, misspelt or of another kind', async () => {
    const { code } = await issue();
    await attempts.redeem(code, link);
    expect(await attempts.redeem(code, link)).toBeNull();
    const unknown = [mintToken('session', owner.tenantId).token, mintToken('cookie', owner.tenantId).token, '', 'x'];
    for (const text of [...unknown, misspelt((await issue()).code)])
      expect(await attempts.redeem(text, link)).toBeNull();
  });

  it("is refused under another tenant's name", async () => {
    const { code } = await issue();
    const { id: other } = await createTenant(app);
    const [head = ''] = mintToken('session', other).token.split('.');
    expect(await attempts.redeem(`${head}.${code.split('.')[1]}`, link)).toBeNull();
    expect(await attempts.redeem(code, link)).not.toBeNull();
  });

  it('is good for six minutes, then told apart as expired, and used up all the same', async () => {
    const [inTime, late] = [await issue(), await issue()];
    app.clock.advance(360);
    expect(await attempts.redeem(inTime.code, link)).toMatchObject({ codeExpired: false });
    app.clock.advance(1);
    expect(await attempts.redeem(late.code, link)).toMatchObject({ codeExpired: true });
    expect(await attempts.redeem(late.code, link)).toBeNull();
  });

  it('leaves no code, cookie, state or connect code in the database that could be read there', async () => {
    const { code } = await issue();
    const redeemed = await attempts.redeem(code, link);
    if (!redeemed) throw new Error('The code was not redeemed.');
    const connectCode = await succeed(redeemed.attempt, await scene.connect(owner), true);
    const state = await steps.beginConsent((await open()).attempt);
    const dump = await dumpRows(app.database);
    expect(dump).toContain(redeemed.attempt.id);
    for (const token of [code, redeemed.cookie, state, connectCode]) {
      expect(dump).not.toContain(token?.split('.')[1]);
    }
  });
});

describe("a browser's cookie", () => {
  it("opens its own attempt only: another's, none, an unknown and a misspelt one are refused", async () => {
    const [mine, other] = [await open(), await open()];
    expect(await attempts.ofBrowser(mine.attempt.id, mine.cookie)).toMatchObject({ id: mine.attempt.id });
    const refused = [other.cookie, undefined, '', mintToken('cookie', owner.tenantId).token, misspelt(mine.cookie)];
    for (const cookie of refused) {
      expect(await attempts.ofBrowser(mine.attempt.id, cookie)).toBeNull();
      expect(steps.belongsTo(mine.attempt, cookie)).toBe(false);
    }
    expect(await attempts.ofBrowser('not-a-uuid', mine.cookie)).toBeNull();
    expect(steps.belongsTo(mine.attempt, mine.cookie)).toBe(true);
  });
});

describe('the state that the third party returns', () => {
  it('is used up by exactly one of 20 that bring it at once', async () => {
    const { attempt } = await open();
    const state = await steps.beginConsent(attempt);
    const ended = (await times(20, () => steps.endConsent(state))).filter((one) => one?.again === false);
    expect(ended).toMatchObject([{ attempt: { id: attempt.id } }]);
    expect(await steps.endConsent(state)).toMatchObject({ again: true, attempt: { id: attempt.id } });
  });

  it('of many pressed at once keeps one state and the verifier that was sent with it', async () => {
    const { attempt } = await open();
    const begun = Array.from({ length: 12 }, (_, n) => steps.beginConsent(attempt, `verifier-${n}`));
    const states = await Promise.all(begun);
    const kept = (await Promise.all(states.map((state) => steps.endConsent(state)))).findIndex(Boolean);
    expect(await steps.verifier(attempt)).toBe(`verifier-${kept}`);
  });

  it('is void once another was begun', async () => {
    const { attempt } = await open();
    const earlier = await steps.beginConsent(attempt);
    const later = await steps.beginConsent(attempt);
    expect(await steps.endConsent(earlier)).toBeNull();
    expect(await steps.endConsent(later)).toMatchObject({ again: false, attempt: { id: attempt.id } });
  });

  it('is refused when it is unknown, of another kind, or late', async () => {
    const { attempt, cookie } = await open();
    const state = await steps.beginConsent(attempt);
    for (const text of ['', cookie, misspelt(state), mintToken('state', owner.tenantId).token]) {
      expect(await steps.endConsent(text)).toBeNull();
    }
    app.clock.advance(1800);
    // Known, so that its browser can be told; good for nothing.
    expect(await steps.endConsent(state)).toMatchObject({ again: true });
  });

  it.each(['failed', 'connected', 'pending'])('is not to be had for an attempt that is %s', async (end) => {
    const { attempt } = await open();
    if (end === 'failed') await attempts.fail(attempt, 'declined');
    else await succeed(attempt, await scene.connect(owner), end === 'pending');
    expect(await steps.endConsent(await steps.beginConsent(attempt))).toBeNull();
    expect(await ofUser(attempt.id)).toMatchObject({ state: end });
  });
});

describe('confirming a connection', () => {
  it('makes it usable; until then it is pending', async () => {
    const { id, connectionId, code } = await consented();
    expect([await statusOf(connectionId), (await ofUser(id))?.state]).toEqual(['pending', 'pending']);
    expect(await confirm(id, code)).toBe(true);
    expect([await statusOf(connectionId), (await ofUser(id))?.state]).toEqual(['connected', 'connected']);
  });

  it('is done by exactly one of 20 at once', async () => {
    const { id, connectionId, code } = await consented();
    expect((await times(20, () => confirm(id, code))).filter(Boolean)).toHaveLength(1);
    expect(await statusOf(connectionId)).toBe('connected');
    expect((await app.get(Connections).byId(owner.tenantId, connectionId))?.version).toBe(1);
  });

  it("is refused with a wrong code, another attempt's, another user's and another tenant's hands", async () => {
    const { id, connectionId, code } = await consented();
    const other = await consented();
    const neighbour = { ...owner, userId: await createUser(app, owner.tenantId) };
    expect(await confirm(id, misspelt(code))).toBe(false);
    expect(await confirm(id, other.code)).toBe(false);
    expect(await confirm(id, '')).toBe(false);
    expect(await confirm(newId(), code)).toBe(false);
    expect(await confirm(id, code, neighbour)).toBe(false);
    expect(await confirm(id, code, { ...owner, tenantId: (await createTenant(app)).id })).toBe(false);
    expect(await statusOf(connectionId)).toBe('pending');
    expect(await confirm(id, code)).toBe(true);
  });

  it('is refused after the half hour', async () => {
    const { id, connectionId, code } = await consented();
    app.clock.advance(1800);
    expect(await confirm(id, code)).toBe(false);
    expect(await statusOf(connectionId)).toBe('pending');
  });

  it('is not asked for under the policy that needs none', async () => {
    const { attempt } = await open();
    expect(await succeed(attempt, await scene.connect(owner), false)).toBeNull();
    expect(await ofUser(attempt.id)).toMatchObject({ state: 'connected' });
  });
});

describe('an attempt', () => {
  it("is found by its own user only, and not by another tenant's or a malformed id", async () => {
    const { id } = await issue();
    expect(await ofUser(id)).toMatchObject({ id, state: 'issued' });
    expect(await attempts.ofUser(owner.tenantId, await createUser(app, owner.tenantId), id)).toBeNull();
    expect(await attempts.ofUser((await createTenant(app)).id, owner.userId, id)).toBeNull();
    expect(await ofUser('not-a-uuid')).toBeNull();
  });

  it('that failed keeps its first reason', async () => {
    const { attempt } = await open();
    await attempts.fail(attempt, 'declined');
    await attempts.fail(attempt, 'later');
    expect(await ofUser(attempt.id)).toMatchObject({ state: 'failed', error: 'declined' });
  });

  it('that ended long ago is deleted, and no other', async () => {
    const old = await issue();
    app.clock.advance(361 + 86_400);
    const fresh = await issue();
    await app.get(OldAttempts).deleteExpired(1000);
    expect([await ofUser(old.id), (await ofUser(fresh.id))?.id]).toEqual([null, fresh.id]);
  });

  it('that nobody ended in time leaves nothing in the vault, and can not be brought to an end any more', async () => {
    const { attempt } = await open();
    const held = { kind: 'connect-attempt', rowId: attempt.id, field: 'candidate' } as const;
    const vault = app.get(Vault);
    await vault.put(owner.tenantId, held, new Secret('token'));
    await steps.beginConsent(attempt);
    app.clock.advance(1799);
    await app.get(OldAttempts).deleteExpired(1000);
    expect(await vault.get(owner.tenantId, held)).not.toBeNull();
    app.clock.advance(1);
    await app.get(OldAttempts).deleteExpired(1000);
    expect(await vault.get(owner.tenantId, held)).toBeNull();
    expect(await ofUser(attempt.id)).toMatchObject({ state: 'abandoned' });
    expect(await attempts.fail(attempt, 'later')).toBe(false);
    expect(await attempts.succeed(attempt, attempt.id, false, app.database)).toBeNull();
  });
});
