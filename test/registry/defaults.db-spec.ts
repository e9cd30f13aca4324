import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Connections, ConnectionSettings } from '#libs/connections';
import {
  appDocument,
  createUser,
  establishConnection,
  oauth2Credentials,
  offerApp,
  registerApp,
  startThirdPartyScene,
  type ConnectionOwner,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';

let scene: ThirdPartyScene;
let app: TestApp;
let connections: Connections;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  app = scene.app;
  connections = app.get(Connections);
});
beforeEach(async () => {
  owner = await scene.newOwner();
});
afterAll(() => scene?.close());

const connect = async (status?: 'pending') => {
  app.clock.advance(1);
  return establishConnection(app, owner, oauth2Credentials(app), status);
};
const makeDefault = (id: string, isDefault = true) =>
  app.get(ConnectionSettings).change(owner.tenantId, owner.userId, id, { isDefault }, null);
const remove = (id: string) => connections.remove(owner.tenantId, owner.userId, id);
const confirm = (id: string) => app.database.transaction((tx) => connections.confirm(owner.tenantId, id, tx));

/** Of the owner's in that app. */
async function defaults(of = owner): Promise<string[]> {
  const { tenantId, userId, appId } = of;
  const { connections: all } = await connections.list(tenantId, userId, { appId, limit: 100, offset: 0 });
  return all.filter(({ isDefault }) => isDefault).map(({ id }) => id);
}

describe('the default of a user and app', () => {
  it('is the first connection, until it is moved', async () => {
    const [first, second] = [await connect(), await connect()];
    expect(await defaults()).toEqual([first]);
    await makeDefault(second);
    expect(await defaults()).toEqual([second]);
    await makeDefault(second);
    expect(await defaults()).toEqual([second]);
  });

  it('is one for each user and each app', async () => {
    const other = { ...owner, userId: await createUser(app, owner.tenantId) };
    const appId = await offerApp(
      app,
      owner.tenantId,
      await registerApp(app, appDocument('crm-2', 'http://127.0.0.1:1')),
    );
    const ids = [
      await connect(),
      await establishConnection(app, other, oauth2Credentials(app)),
      await establishConnection(app, { ...owner, appId }, oauth2Credentials(app)),
    ];
    expect([await defaults(), await defaults(other), await defaults({ ...owner, appId })].flat()).toEqual(ids);
  });

  it('can not be taken away without naming another', async () => {
    const [first, second] = [await connect(), await connect()];
    await expect(makeDefault(first, false)).rejects.toMatchObject({ source: { pointer: '/data/is_default' } });
    await makeDefault(second, false);
    expect(await defaults()).toEqual([first]);
  });

  it('passes to the oldest that is left when it is disconnected, and to none when none is', async () => {
    const [first, second, third] = [await connect(), await connect(), await connect()];
    await makeDefault(third);
    await remove(third);
    expect(await defaults()).toEqual([first]);
    await remove(second);
    expect(await defaults()).toEqual([first]);
    await remove(first);
    expect(await defaults()).toEqual([]);
    expect(await defaults()).toEqual([]);
    const next = await connect();
    expect(await defaults()).toEqual([next]);
  });

  it('is none that is not confirmed yet', async () => {
    const waiting = await connect('pending');
    expect(await defaults()).toEqual([]);
    const second = await connect();
    expect(await defaults()).toEqual([second]);
    await confirm(waiting);
    expect(await defaults()).toEqual([second]);
  });

  it('is the first that is confirmed', async () => {
    const waiting = await connect('pending');
    await confirm(waiting);
    expect(await defaults()).toEqual([waiting]);
  });
});

describe('races for the default', () => {
  it('of 10 first connections made at once leave one', async () => {
    await Promise.all(Array.from({ length: 10 }, () => establishConnection(app, owner, oauth2Credentials(app))));
    expect(await defaults()).toHaveLength(1);
  });

  it('of 10 confirmations at once leave one', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => connect('pending')));
    await Promise.all(ids.map(confirm));
    expect(await defaults()).toHaveLength(1);
  });

  it('of moves and disconnects in every direction leave one, and no deadlock', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => connect()));
    const [kept, ...others] = ids;
    for (let round = 0; round < 5; round += 1)
      await Promise.all([...ids.map((id) => makeDefault(id)), ...ids.toReversed().map((id) => makeDefault(id))]);
    expect(await defaults()).toHaveLength(1);
    await Promise.all(others.flatMap((id) => [makeDefault(id), remove(id)]));
    expect(await defaults()).toEqual([kept]);
  });
});
