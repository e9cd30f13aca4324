import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConnectionOwner,
  createTenant,
  createUser,
  startThirdPartyScene,
  type ThirdPartyScene,
} from '#libs/testing';
import { ConnectLinks, ConnectModule, OldAttempts } from './index.js';

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
  return links.create(owner.tenantId, { ...owner, ...values });
};
const open = async (token: string) => {
  const opened = await links.open(token, null);
  return opened && 'cookie' in opened ? opened.attempt : null;
};
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
      expect(await links.revoke(tenantId, userId, link.id)).toBeNull();
      expect(await links.list(tenantId, userId, page)).toEqual({ links: [], count: 0 });
    }
    expect(await links.use(others[0]?.tenantId ?? owner.tenantId, link.id, scene.app.database)).toBe(false);
    expect(await open(token)).toMatchObject({ linkId: link.id, userTitle: 'Ada', state: 'opened' });
  });

  it('is good until it ends, is used, or is revoked', async () => {
    const [old, used, revoked] = [await make(), await make(), await make()];
    await links.use(owner.tenantId, used.link.id, scene.app.database);
    await links.revoke(owner.tenantId, owner.userId, revoked.link.id);
    expect([await open(used.token), await open(revoked.token)]).toEqual([null, null]);
    scene.app.clock.advance(3599);
    expect(await open(old.token)).not.toBeNull();
    scene.app.clock.advance(1);
    expect(await open(old.token)).toBeNull();
  });

  it('is used by exactly one of 20 at once', async () => {
    const { link } = await make();
    const uses = Array.from({ length: 20 }, () => links.use(owner.tenantId, link.id, scene.app.database));
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
