import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ConnectionRefreshes,
  Connections,
  ConnectionSettings,
  FreshCredentials,
  type ConnectionSettingsChanges,
} from '#libs/connections';
import { newId } from '#libs/database';
import {
  claimRow,
  createUser,
  establishConnection,
  oauth2Credentials,
  startThirdPartyScene,
  storeRefreshed,
  type ConnectionOwner,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';

let scene: ThirdPartyScene;
let app: TestApp;
let connections: Connections;
let owner: ConnectionOwner;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  app = scene.app;
  connections = app.get(Connections);
});
beforeEach(async () => {
  owner = await scene.newOwner();
  id = await scene.connect(owner);
});
afterAll(() => scene?.close());

const change = (changes: ConnectionSettingsChanges, by = owner, of = id) =>
  app.get(ConnectionSettings).change(by.tenantId, by.userId, of, changes, null);
const find = () => connections.byId(owner.tenantId, id);
const makeDue = () => app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [id, app.clock.now()]);
const storeAnswer = () => storeRefreshed(app, { tenantId: owner.tenantId, id }, oauth2Credentials(app), 1);

describe('changing a connection', () => {
  it('changes what is given, and keeps the rest', async () => {
    const before = await find();
    const changed = { title: 'Work', metadata: { team: 'sales', tags: { a: 1, b: 2 } }, sharing: 'org' } as const;
    await change(changed);
    const after = Object.assign({}, before, changed);
    expect(await find()).toEqual(after);
    await change({ metadata: { team: null, tags: { a: 3, b: null } } });
    expect(await find()).toEqual(Object.assign({}, after, { metadata: { tags: { a: 3 } } }));
    await change({ metadata: null });
    expect(await find()).toEqual(Object.assign({}, after, { metadata: {} }));
  });

  it('merges two patches at once into one', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, index) => change({ metadata: { [`k${index}`]: index } })));
    expect(Object.keys((await find())?.metadata ?? {})).toHaveLength(8);
  });

  it('refuses what would make metadata too large, and changes nothing then', async () => {
    const forty = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`a${index}`, 1]));
    await change({ metadata: forty });
    const before = await find();
    const more = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`b${index}`, 1]));
    await expect(change({ title: 'never', metadata: more, disabled: true })).rejects.toMatchObject({
      code: 'invalid',
      source: { pointer: '/data/metadata' },
    });
    expect(await find()).toEqual(before);
  });

  it("does nothing to another tenant's, another user's, an unknown and a malformed one", async () => {
    const other = await scene.newOwner();
    const neighbour = { ...owner, userId: await createUser(app, owner.tenantId) };
    await change({ sharing: 'tenant' });
    const before = await find();
    for (const by of [other, { ...other, userId: owner.userId }, { ...owner, userId: other.userId }, neighbour])
      expect(await change({ title: 'mine', disabled: true, isDefault: true, sharing: 'private' }, by)).toBe(false);
    for (const of of [newId(), '', "' OR 1=1"]) expect(await change({ title: 'x' }, owner, of)).toBe(false);
    expect(await find()).toEqual(before);
  });
});

describe('a disabled connection', () => {
  it('is not refreshed, runs nothing, and voids the refresh that is under way', async () => {
    await makeDue();
    const claim = await claimRow(app, 'connections', id);
    await change({ disabled: true });
    const disabled = await find();
    expect(disabled).toMatchObject({ status: 'disabled', dueAt: null, leaseUntil: null, version: claim.version + 1 });
    expect(await app.get(ConnectionRefreshes).begin(claim, 1)).toBeNull();
    if (disabled) await expect(app.get(FreshCredentials).take(disabled)).rejects.toThrow('its owner has to enable it');
  });

  it('keeps the answer that is on its way, and stays disabled', async () => {
    await change({ disabled: true });
    app.clock.advance(5);
    expect(await storeAnswer()).toBe(true);
    expect(await find()).toMatchObject({ status: 'disabled', dueAt: null, lastRefreshedAt: app.clock.now() });
  });

  it.each([
    ['connected', 'connected', true],
    ['degraded', 'degraded', true],
    ['needs_reauth', 'needs_reauth', false],
  ])('that was %s is %s when it is enabled', async (before, after, isDue) => {
    await app.database.query(`UPDATE connections SET status = $2 WHERE id = $1`, [id, before]);
    await change({ disabled: true });
    await change({ disabled: false });
    const enabled = await find();
    expect(enabled).toMatchObject({ status: after, disabledFrom: null });
    expect(enabled?.dueAt !== null).toBe(isDue);
  });

  it('whose token ended meanwhile is due at once when it is enabled', async () => {
    await change({ disabled: true });
    app.clock.advance(2 * 3600);
    await change({ disabled: false });
    expect((await find())?.dueAt?.getTime()).toBeLessThanOrEqual(app.clock.now().getTime());
  });

  it('that was out of work is connected when an answer came while it was disabled', async () => {
    await app.database.query(`UPDATE connections SET status = 'needs_reauth' WHERE id = $1`, [id]);
    await change({ disabled: true });
    await storeAnswer();
    await change({ disabled: false });
    expect(await find()).toMatchObject({ status: 'connected', statusReason: null });
  });

  it('is disabled and enabled by several at once as if by one', async () => {
    await Promise.all(Array.from({ length: 6 }, () => change({ disabled: true })));
    expect(await find()).toMatchObject({ status: 'disabled', disabledFrom: 'connected' });
    await Promise.all(Array.from({ length: 6 }, () => change({ disabled: false })));
    expect(await find()).toMatchObject({ status: 'connected', disabledFrom: null });
  });
});

it('a pending connection can not be disabled or made the default, by conflict', async () => {
  id = await establishConnection(app, owner, oauth2Credentials(app), 'pending');
  for (const changes of [{ disabled: true }, { isDefault: true }])
    await expect(change(changes)).rejects.toMatchObject({ code: 'conflict' });
  expect(await find()).toMatchObject({ status: 'pending', isDefault: false });
});
