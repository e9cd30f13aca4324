import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { namePrefix } from '#libs/crypto';
import type { TenantId, Transaction } from '#libs/database';
import {
  FakeClock,
  createTenant,
  createTestDatabase,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Sealer } from '#libs/vault';
import { AccessTokens, Denials, OauthModule, type NewBearer } from './index.js';

let database: TestDatabase;
let clock: FakeClock;
let one: TestApp;
let other: TestApp;
let tenantId: TenantId;
let bearer: NewBearer;

beforeAll(async () => {
  database = await createTestDatabase();
  clock = new FakeClock();
  one = await startTestApp({ databaseUrl: database.url, imports: [OauthModule], clock });
  other = await startTestApp({ databaseUrl: database.url, imports: [OauthModule], clock, keyring: one.keyring });
});
beforeEach(async () => {
  tenantId = (await createTenant(one)).id;
  bearer = {
    tenantId,
    kind: 'access',
    clientId: `client-${randomUUID()}`,
    userId: randomUUID(),
    scopes: ['zap', 'profile'],
    origin: null,
    grantId: randomUUID(),
  };
});
afterAll(async () => {
  await other?.close();
  await one?.close();
  await database?.drop();
});

const issue = (changes: Partial<NewBearer> = {}) =>
  one
    .get(AccessTokens)
    .issue({ ...bearer, ...changes }, 600)
    .token.reveal();
const find = (token: string, by = other) => by.get(AccessTokens).find(token);
const within = (app: TestApp, work: (denials: Denials, tx: Transaction) => Promise<void>) =>
  app.database.transaction((tx) => work(app.get(Denials), tx));

describe('a token', () => {
  it('says on every process what was put in', async () => {
    const found = await find(issue());
    expect(found).toEqual({
      ...bearer,
      id: expect.stringMatching(/^[\w-]{22}$/),
      rootId: null,
      issuedAt: clock.now(),
      expiresAt: clock.in(600),
    });
  });

  it('tells its holder nothing', () => {
    const token = issue();
    const inside = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('latin1');
    for (const value of [bearer.clientId, bearer.userId ?? '', 'zap']) expect(token + inside).not.toContain(value);
  });

  it('ends when its time is over', async () => {
    const token = issue();
    clock.advance(599);
    expect(await find(token)).not.toBeNull();
    clock.advance(1);
    expect(await find(token)).toBeNull();
  });

  it('of the release before, which sealed one member less, is good', async () => {
    const { clientId, userId, grantId } = bearer;
    const [from, until] = [clock.now().getTime(), clock.in(600).getTime()];
    const fields = ['A'.repeat(22), 'access', clientId, userId, 'zap profile', null, grantId, from, until];
    const sealed = one.get(Sealer).seal(['access-token', tenantId], Buffer.from(JSON.stringify(fields)));
    expect(await find(namePrefix('access', tenantId) + sealed)).toMatchObject({ ...bearer, rootId: null });
  });

  it('is nothing under the name of another tenant', async () => {
    const foreign = (await createTenant(one)).id;
    const [prefix] = issue({ tenantId: foreign }).split('.');
    const [, sealed] = issue().split('.');
    expect(await find(`${prefix}.${sealed}`)).toBeNull();
  });

  it.each(['', 'gate_at_', 'gate_at_x.y', 'Bearer x', `gate_at_${'A'.repeat(22)}.${'A'.repeat(200)}`])(
    'that never was one is nothing: %j',
    async (token) => {
      expect(await find(token)).toBeNull();
    },
  );
});

const grant = () => bearer.grantId ?? '';

describe('a denial', () => {
  const subjectOf = {
    user: () => bearer.userId ?? '',
    client: () => bearer.clientId,
    tenant: () => tenantId as string,
  };
  const kinds = ['user', 'client', 'tenant'] as const;

  it('of a grant ends its tokens on every process after the next look, and those that somebody still issues', async () => {
    const token = issue();
    await within(one, (denials, tx) => denials.end(tenantId, 'grant', grant(), clock.in(36_000), tx));
    await other.get(Denials).sync();
    expect(await find(token)).toBeNull();
    clock.advance(1);
    expect(await find(issue())).toBeNull();
    expect(await find(issue({ grantId: null }))).not.toBeNull();
  });

  it('of one token leaves the others alone', async () => {
    const [token, another] = [issue(), issue()];
    const id = (await find(token))?.id ?? '';
    await within(one, (denials, tx) => denials.end(tenantId, 'token', id, clock.in(600), tx));
    await other.get(Denials).sync();
    expect([await find(token), (await find(another)) !== null]).toEqual([null, true]);
  });

  it.each(kinds)('of a %s that stands ends tokens to come too, until it is lifted', async (kind) => {
    const before = issue();
    await within(one, (denials, tx) => denials.deny(tenantId, kind, subjectOf[kind](), tx));
    await other.get(Denials).sync();
    clock.advance(1);
    expect(await find(issue())).toBeNull();
    expect(other.get(Denials).stands(tenantId, kind, subjectOf[kind]())).toBe(true);
    await within(one, (denials, tx) => denials.lift(tenantId, kind, subjectOf[kind](), clock.in(0.001), tx));
    await other.get(Denials).sync();
    clock.advance(1);
    expect(await find(issue())).not.toBeNull();
    expect(await find(before)).toBeNull();
  });

  it('of one token ends what was exchanged for it', async () => {
    const rootId = (await find(issue()))?.id ?? '';
    const exchanged = issue({ rootId });
    expect(await find(exchanged)).toMatchObject({ rootId });
    await within(one, (denials, tx) => denials.end(tenantId, 'token', rootId, clock.in(600), tx));
    await other.get(Denials).sync();
    expect(await find(exchanged)).toBeNull();
  });

  it('of another tenant concerns nobody here', async () => {
    const foreign = (await createTenant(one)).id;
    await within(one, (denials, tx) => denials.deny(foreign, 'user', bearer.userId ?? '', tx));
    await other.get(Denials).sync();
    expect(await find(issue())).not.toBeNull();
  });

  it('is known to a process that starts later, and goes when no token can be left', async () => {
    const token = issue();
    await within(one, (denials, tx) => denials.end(tenantId, 'grant', grant(), clock.in(36_000), tx));
    const later = await startTestApp({
      databaseUrl: database.url,
      imports: [OauthModule],
      clock,
      keyring: one.keyring,
    });
    expect(await find(token, later)).toBeNull();
    await later.close();
    clock.advance(36_000);
    await one.get(Denials).deleteExpired(100);
    expect(await one.database.query(`SELECT 1 FROM denials WHERE tenant_id = $1`, [tenantId])).toHaveLength(1);
    clock.advance(61);
    await one.get(Denials).deleteExpired(100);
    expect(await one.database.query(`SELECT 1 FROM denials WHERE tenant_id = $1`, [tenantId])).toEqual([]);
  });
});
