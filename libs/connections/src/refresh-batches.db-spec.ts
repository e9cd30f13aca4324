import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit } from '#libs/audit';
import { Secret, WrongKeyError } from '#libs/crypto';
import { Events } from '#libs/events';
import {
  claimRow,
  type ConnectionOwner,
  oauth2Credentials,
  startThirdPartyScene,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { AlteredSecretError, Vault } from '#libs/vault';
import { ConnectionRefreshes, Connections, type ConnectionClaim, type SealedAnswer } from './index.js';

let scene: ThirdPartyScene;
let app: TestApp;
let refreshes: ConnectionRefreshes;
let owner: ConnectionOwner;
let ids: [string, string, string];

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  app = scene.app;
  refreshes = app.get(ConnectionRefreshes);
});
beforeEach(async () => {
  owner = await scene.newOwner();
  ids = [await scene.connect(owner), await scene.connect(owner), await scene.connect(owner)];
});
afterAll(() => scene?.close());

const find = (id: string) => app.get(Connections).byId(owner.tenantId, id);
const held = async (id: string) => (await app.get(Connections).credentials(owner.tenantId, id))?.value.reveal();
const eventsOf = async (id: string) =>
  (await app.get(Events).of(owner.tenantId, id)).map(({ type, sequence }) => `${sequence} ${type}`);

async function claim(id: string): Promise<ConnectionClaim> {
  await app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [id, app.clock.now()]);
  return claimRow(app, 'connections', id);
}

async function claims(): Promise<[ConnectionClaim, ConnectionClaim, ConnectionClaim]> {
  return [await claim(ids[0]), await claim(ids[1]), await claim(ids[2])];
}

async function answer(id: string, refreshToken: string, scopes = ['things'], spentVersion = 1): Promise<SealedAnswer> {
  using seal = await app.get(Vault).sealFor(owner.tenantId);
  const credentials = new Secret(oauth2Credentials(app, { refreshToken, scopes }));
  return refreshes.seal(seal, { ...owner, id }, spentVersion, credentials, null);
}

/** While somebody else holds the row. */
async function whileLocked(id: string, work: () => Promise<unknown>): Promise<void> {
  await app.database.transaction(async (tx) => {
    await tx.query(`SELECT 1 FROM connections WHERE id = $1 FOR UPDATE`, [id]);
    await work();
  });
}

describe('marks at the same time', () => {
  it('are one for each claim, and refused to the claims that were lost, also where the newer one is among them', async () => {
    const lost = await claim(ids[1]);
    app.clock.advance(46);
    const again = await claim(ids[1]);
    const marks = [lost, again, await claim(ids[2])].map((each) => refreshes.begin(each, 1));
    expect(await Promise.all(marks)).toEqual([null, 1, 1]);
    expect(await find(ids[1])).toMatchObject({ attempts: 1, attemptVersion: 1, attemptAt: app.clock.now() });
    expect(await find(ids[0])).toMatchObject({ attempts: 0, attemptVersion: null });
  });

  it('wait for no row that somebody else holds, but that one for itself', async () => {
    const [first, second, third] = await claims();
    let locked: Promise<number | null> | undefined;
    await whileLocked(ids[0], async () => {
      locked = refreshes.begin(first, 1);
      expect(await Promise.all([refreshes.begin(second, 1), refreshes.begin(third, 1)])).toEqual([1, 1]);
    });
    expect(await locked).toBe(1);
  });
});

describe('answers at the same time', () => {
  it('are all stored, each with its event, its times and, where they changed, its scopes', async () => {
    await claims();
    const answers = [await answer(ids[0], 'one'), await answer(ids[1], 'two'), await answer(ids[2], 'three', ['a'])];
    expect(await Promise.all(answers.map((each) => refreshes.store(each)))).toEqual([true, true, true]);
    for (const [index, name] of ['one', 'two', 'three'].entries()) {
      const id = ids[index] ?? '';
      expect(await held(id)).toMatchObject({ refreshToken: name });
      expect(await eventsOf(id)).toEqual(['1 connection.created', '2 connection.refreshed']);
      const { expiresAt, obtainedAt, dueAt } = answers[index]?.facts ?? {};
      const times = { expiresAt, lastRefreshedAt: obtainedAt, dueAt };
      expect(await find(id)).toMatchObject({ status: 'connected', leaseUntil: null, leaseOwner: null, ...times });
    }
    expect(await find(ids[2])).toMatchObject({ scopes: ['a'] });
    const audited = await app.get(Audit).list(owner.tenantId, { action: 'connection.scopes_changed', limit: 10 });
    expect(audited.map(({ subject }) => subject)).toEqual([ids[2]]);
  });

  it('are refused where other credentials stand, and one of two for the same connection is', async () => {
    const stored = [await answer(ids[0], 'one'), await answer(ids[0], 'other'), await answer(ids[1], 'late', [], 7)];
    const results = await Promise.all(stored.map((each) => refreshes.store(each)));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(results[2]).toBe(false);
    expect(await eventsOf(ids[0])).toEqual(['1 connection.created', '2 connection.refreshed']);
    expect(await eventsOf(ids[1])).toEqual(['1 connection.created']);
    expect(await held(ids[1])).toMatchObject({ refreshToken: 'refresh-1' });
  });

  it('are stored although the database refuses one of them, which is told so alone', async () => {
    const broken = await answer(ids[0], 'broken');
    broken.sealed = { ...broken.sealed, generation: 4711 };
    const answers = [broken, await answer(ids[1], 'two'), await answer(ids[2], 'three')];
    const [refused, ...stored] = await Promise.allSettled(answers.map((each) => refreshes.store(each)));
    expect(refused).toMatchObject({ status: 'rejected' });
    expect(stored).toEqual([1, 2].map(() => ({ status: 'fulfilled', value: true })));
    expect(await held(ids[2])).toMatchObject({ refreshToken: 'three' });
    expect(await held(ids[0])).toMatchObject({ refreshToken: 'refresh-1' });
  });

  it('wait for no row that somebody else holds, but that one for itself', async () => {
    const [first, ...others] = [
      await answer(ids[0], 'one'),
      await answer(ids[1], 'two'),
      await answer(ids[2], 'three'),
    ];
    let locked: Promise<boolean> | undefined;
    await whileLocked(ids[0], async () => {
      locked = first && refreshes.store(first);
      expect(await Promise.all(others.map((each) => refreshes.store(each)))).toEqual([true, true]);
    });
    expect(await locked).toBe(true);
    expect(await held(ids[0])).toMatchObject({ refreshToken: 'one' });
  });
});

describe('connections that are read at the same time', () => {
  it('come with their credentials; one whose ciphertext was altered says so, and keeps none of the others back', async () => {
    const all = await claims();
    await app.database.query(`UPDATE vault_secrets SET sealed = sealed || '\\x00'::bytea WHERE row_id = $1`, [ids[0]]);
    const [altered, intact] = await Promise.all(all.map((each) => refreshes.load(each)));
    expect(altered?.credentials).toBeInstanceOf(AlteredSecretError);
    expect(intact).toMatchObject({ connection: { id: ids[1] }, credentials: { version: 1 } });
  });

  it('come although the data key of one of them does not unwrap: that one says so', async () => {
    const all = await claims();
    await app.database.query(
      `INSERT INTO data_keys (tenant_id, generation, key_id, wrapped, created_at)
       SELECT tenant_id, 0, key_id, set_byte(wrapped, 20, get_byte(wrapped, 20) # 1), created_at FROM data_keys WHERE tenant_id = $1`,
      [owner.tenantId],
    );
    await app.database.query(`UPDATE vault_secrets SET generation = 0 WHERE row_id = $1`, [ids[0]]);
    const [lost, ...others] = await Promise.all(all.map((each) => refreshes.load(each)));
    expect(lost).toMatchObject({ connection: { id: ids[0] } });
    expect(lost?.credentials).toBeInstanceOf(WrongKeyError);
    for (const { credentials } of others) expect(credentials).toMatchObject({ version: 1 });
  });

  it('are none of another tenant', async () => {
    const [mine] = await claims();
    const { tenantId } = await scene.newOwner();
    expect(await refreshes.load({ ...mine, tenantId })).toEqual({ connection: null, credentials: null });
  });
});
