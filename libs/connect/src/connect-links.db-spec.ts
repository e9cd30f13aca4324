import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit } from '#libs/audit';
import { Secret } from '#libs/crypto';
import { newId } from '#libs/database';
import {
  type ConnectionOwner,
  createTenant,
  createUser,
  startThirdPartyScene,
  type ThirdPartyScene,
} from '#libs/testing';
import { Vault } from '#libs/vault';
import { ConsentContexts } from './consent-contexts.js';
import { Connecting, ConnectLinks, ConnectModule, OldAttempts } from './index.js';

let scene: ThirdPartyScene;
let links: ConnectLinks;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([ConnectModule]);
  links = scene.app.get(ConnectLinks);
});
beforeEach(async () => {
  owner = await scene.newOwner();
});
afterAll(() => scene?.close());

const make = () => {
  const values = { userTitle: 'Ada', redirectUri: null, reconnectId: null, expiresInSeconds: 3600 };
  return links.create(owner.tenantId, { ...owner, ...values }, '192.0.2.7');
};
const open = async (token: string) => {
  const opened = await links.open(token, null);
  return opened && 'cookie' in opened ? opened.attempt : null;
};
const use = (id: string, tenantId = owner.tenantId) =>
  scene.app.database.transaction((tx) => links.use(tenantId, id, newId(), tx));
const revoke = (id: string) => links.revoke(owner.tenantId, owner.userId, id, '192.0.2.8');
const onRecord = async (subject: string) =>
  (await scene.app.get(Audit).list(owner.tenantId, { subject, limit: 9 }))
    .map(({ action, actor, address }) => ({ action, actor, address }))
    .toReversed();
const page = { limit: 10, offset: 0 };

describe('a hosted link', () => {
  it("is nowhere under another tenant's or another user's name", async () => {
    const { link, token } = await make();
    const others = [
      { ...owner, tenantId: (await createTenant(scene.app)).id },
      { ...owner, userId: await createUser(scene.app, owner.tenantId) },
    ];
    for (const { tenantId, userId } of others) {
      expect(await links.find(tenantId, userId, link.id)).toBeNull();
      expect(await links.revoke(tenantId, userId, link.id, null)).toBeNull();
      expect(await links.list(tenantId, userId, page)).toEqual({ links: [], count: 0 });
    }
    expect(await use(link.id, others[0]?.tenantId)).toBe(false);
    expect(await open(token)).toMatchObject({ linkId: link.id, userTitle: 'Ada', state: 'opened' });
  });

  it('is good until it ends, is used, or is revoked', async () => {
    const [old, used, revoked] = [await make(), await make(), await make()];
    await use(used.link.id);
    await revoke(revoked.link.id);
    expect([await open(used.token), await open(revoked.token)]).toEqual([null, null]);
    scene.app.clock.advance(3599);
    expect(await open(old.token)).not.toBeNull();
    scene.app.clock.advance(1);
    expect(await open(old.token)).toBeNull();
  });

  it('is on record as made, used and revoked: each once, with whose and from where', async () => {
    const actor = `user:${owner.userId}`;
    const made = { action: 'connect_link.created', actor, address: '192.0.2.7' };
    const [used, revoked] = [await make(), await make()];
    for (const { link } of [used, used]) await use(link.id);
    await revoke(used.link.id);
    for (const { link } of [revoked, revoked]) await revoke(link.id);
    expect(await onRecord(used.link.id)).toEqual([made, { action: 'connect_link.used', actor, address: null }]);
    expect(await onRecord(revoked.link.id)).toEqual([
      made,
      { action: 'connect_link.revoked', actor, address: '192.0.2.8' },
    ]);
  });

  it('that is revoked takes along what the vault holds of its attempts, and their page says why they ended', async () => {
    const { link, token } = await make();
    const attempt = await open(token);
    if (!attempt) throw new Error('It did not open.');
    const held = { kind: 'connect-attempt', rowId: attempt.id, field: 'candidate' } as const;
    await scene.app.get(Vault).put(owner.tenantId, held, new Secret('token'));
    await revoke(link.id);
    expect(await scene.app.get(Vault).get(owner.tenantId, held)).toBeNull();
    const context = await scene.app.get(ConsentContexts).of(attempt);
    expect(await scene.app.get(Connecting).step(context)).toMatchObject({
      result: { failure: { advice: expect.stringContaining('This link was withdrawn.') } },
    });
  });

  it('is used by exactly one of 20 at once', async () => {
    const { link } = await make();
    const uses = Array.from({ length: 20 }, () => use(link.id));
    expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
  });

  it('begins fifty attempts at most, also when a hundred open it at once', async () => {
    const { token } = await make();
    const opened = await Promise.all(Array.from({ length: 100 }, () => open(token)));
    expect(opened.filter((attempt) => attempt !== null)).toHaveLength(50);
  });

  it('stays while it or its attempts may still be asked about, and then goes', async () => {
    const { link, token } = await make();
    await open(token);
    const old = scene.app.get(OldAttempts);
    await old.deleteExpired(1000);
    expect(await links.find(owner.tenantId, owner.userId, link.id)).not.toBeNull();
    scene.app.clock.advance(3601 + 86_400);
    await old.deleteExpired(1000);
    expect(await links.find(owner.tenantId, owner.userId, link.id)).toBeNull();
  });
});
