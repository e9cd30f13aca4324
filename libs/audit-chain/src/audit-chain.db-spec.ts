import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit, AuditChaining, entryHash, SYSTEM_ACTOR, type ChainEnd } from '#libs/audit';
import { newId, type TenantId } from '#libs/database';
import { KeyRotation, Signer } from '#libs/signing-keys';
import { signals } from '#libs/telemetry';
import { PLATFORM } from '#libs/tenants';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import {
  AuditChainModule,
  AuditVerification,
  Checkpointing,
  VerificationBudget,
  type ChainPlace,
  type Verified,
} from './index.js';

let database: TestDatabase;
let app: TestApp;
let tenantId: TenantId;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [AuditChainModule] });
  await app.get(KeyRotation).runDue();
});
beforeEach(async () => {
  tenantId = (await createTenant(app)).id;
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const ALL = { limit: 1000, entries: 1_000_000, seconds: 60 };
const query = <Row>(sql: string, ...parameters: unknown[]) => app.database.query<Row>(sql, [tenantId, ...parameters]);
const verify = (kept?: string[]) => app.get(AuditVerification).verify(tenantId, kept);
const broken = async (kept?: string[]) => (await verify(kept)).broken;

async function record(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await app.database.transaction((tx) =>
      app.get(Audit).record(tx, tenantId, {
        actor: { name: 'admin-token', address: '192.0.2.7', requestId: 'r-1' },
        action: 'key.created',
        subject: `k-${index}`,
        details: { b: 1.5, ä: null, alg: 'ES"256' },
      }),
    );
}

async function chained(count: number): Promise<string[]> {
  await record(count);
  await app.get(AuditChaining).runDue();
  const rows = await query<{ id: string }>(`SELECT id FROM audit_entries WHERE tenant_id = $1 ORDER BY sequence`);
  return rows.map(({ id }) => id);
}

/** @returns the newest */
async function sign(): Promise<string> {
  app.clock.advance(600);
  await app.get(Checkpointing).runDue();
  return (await verify()).checkpoint ?? '';
}

/** Links that are right in themselves, from this place on: what somebody could write who knows how it is done. */
async function recompute(from: number): Promise<void> {
  const links = await query<Parameters<typeof entryHash>[1] & { sequence: number; hash: Buffer }>(
    `SELECT tenant_id AS "tenantId", id, at, actor, address, request_id AS "requestId", action, subject, details, sequence, hash
       FROM audit_entries WHERE tenant_id = $1 ORDER BY sequence`,
  );
  let previous: Buffer = Buffer.alloc(32);
  for (const link of links) {
    const hash = link.sequence < from ? link.hash : entryHash(previous, link);
    await query(
      `UPDATE audit_entries SET previous_hash = $3, hash = $4 WHERE tenant_id = $1 AND id = $2`,
      link.id,
      previous,
      hash,
    );
    previous = hash;
  }
  await query(
    `UPDATE audit_chains SET hash = $2, sequence = $3 WHERE tenant_id = $1`,
    previous,
    links.at(-1)?.sequence,
  );
}

describe('a chain', () => {
  it('has every entry in its place, once a worker has been there', async () => {
    await record(3);
    expect(await verify()).toMatchObject({ entries: 0, unchained: 3, broken: null });
    await app.get(AuditChaining).runDue();
    expect(await verify()).toMatchObject({ entries: 3, unchained: 0, broken: null });
    await chained(2);
    expect(await verify()).toMatchObject({ entries: 5, unchained: 0, broken: null });
  });

  it('has no gap and no fork when several workers are at it', async () => {
    await record(40);
    await using other = await startTestApp({
      databaseUrl: database.url,
      imports: [AuditChainModule],
      clock: app.clock,
      keyring: app.keyring,
    });
    await Promise.all([app, other, app, other].map((one) => one.get(AuditChaining).runDue()));
    await app.get(AuditChaining).runDue();
    expect(await verify()).toMatchObject({ entries: 40, unchained: 0, broken: null });
  });

  it('takes in what is committed after younger entries', async () => {
    await app.database.transaction(async (tx) => {
      await app.get(Audit).record(tx, tenantId, { actor: SYSTEM_ACTOR, action: 'key.retired' });
      await chained(2);
    });
    await app.get(AuditChaining).runDue();
    expect(await verify()).toMatchObject({ entries: 3, unchained: 0, broken: null });
  });

  it('is longer than one batch', async () => {
    await query(
      `INSERT INTO audit_entries (tenant_id, id, at, actor, action)
       SELECT $1, gen_random_uuid(), $2, 'schedule', 'key.created' FROM generate_series(1, 2500)`,
      app.clock.now(),
    );
    await app.get(AuditChaining).runDue();
    expect(await verify()).toMatchObject({ entries: 2500, unchained: 0, broken: null });
  });

  it("is one tenant's own", async () => {
    await chained(2);
    const first = tenantId;
    tenantId = (await createTenant(app)).id;
    await chained(2);
    await query(`UPDATE audit_entries SET actor = 'nobody' WHERE tenant_id = $1`);
    expect(await broken()).toMatchObject({ kind: 'changed', sequence: 1 });
    tenantId = first;
    expect(await broken()).toBeNull();
  });
});

describe('verifying names', () => {
  it.each([
    [`actor = 'nobody'`],
    [`at = at + interval '1 second'`],
    [`address = NULL`],
    [`request_id = 'r-2'`],
    [`action = 'key.revoked'`],
    [`subject = 'k-9'`],
    [`details = details || '{"b": 2}'`],
    [`details = details - 'b'`],
    [`hash = NULL`],
    [`previous_hash = NULL`],
    [`hash = sha256('x')`],
  ])('an entry that was changed: %s', async (assignment) => {
    const ids = await chained(5);
    await query(`UPDATE audit_entries SET ${assignment} WHERE tenant_id = $1 AND id = $2`, ids[2]);
    expect(await broken()).toEqual({ kind: 'changed', sequence: 3, entryId: ids[2] });
  });

  it('an entry that is missing', async () => {
    const ids = await chained(5);
    await query(`DELETE FROM audit_entries WHERE tenant_id = $1 AND id = $2`, ids[2]);
    expect(await broken()).toEqual({ kind: 'missing', sequence: 3, entryId: null });
  });

  it('an entry that is missing where those behind it were moved up', async () => {
    const ids = await chained(5);
    await query(`DELETE FROM audit_entries WHERE tenant_id = $1 AND id = $2`, ids[2]);
    for (const sequence of [4, 5])
      await query(`UPDATE audit_entries SET sequence = sequence - 1 WHERE tenant_id = $1 AND sequence = $2`, sequence);
    await query(`UPDATE audit_chains SET sequence = 4 WHERE tenant_id = $1`);
    expect(await broken()).toEqual({ kind: 'missing', sequence: 3, entryId: null });
  });

  it('an entry that was put between, however well it is linked', async () => {
    const ids = await chained(4);
    for (const sequence of [4, 3])
      await query(`UPDATE audit_entries SET sequence = sequence + 1 WHERE tenant_id = $1 AND sequence = $2`, sequence);
    const [before] = await query<{ hash: Buffer }>(
      `SELECT hash FROM audit_entries WHERE id = $2 AND tenant_id = $1`,
      ids[1],
    );
    const base = { tenantId, id: newId(), at: app.clock.now(), actor: 'x', address: null, requestId: null } as const;
    const entry = { ...base, action: 'key.created', subject: null, details: {} } as const;
    const hash = entryHash(before?.hash ?? Buffer.alloc(0), entry);
    await query(
      `INSERT INTO audit_entries (tenant_id, id, at, actor, action, sequence, previous_hash, hash) VALUES ($1, $2, $3, 'x', 'key.created', 3, $4, $5)`,
      entry.id,
      entry.at,
      before?.hash,
      hash,
    );
    await query(`UPDATE audit_chains SET sequence = 5 WHERE tenant_id = $1`);
    expect(await broken()).toEqual({ kind: 'inserted', sequence: 3, entryId: entry.id });
  });

  it('an entry that was put behind the end', async () => {
    await chained(2);
    await query(
      `INSERT INTO audit_entries (tenant_id, id, at, actor, action, sequence) VALUES ($1, $2, $3, 'x', 'key.created', 9)`,
      newId(),
      app.clock.now(),
    );
    expect(await broken()).toMatchObject({ kind: 'missing', sequence: 3 });
    await query(`UPDATE audit_entries SET sequence = 3 WHERE tenant_id = $1 AND sequence = 9`);
    expect(await broken()).toMatchObject({ kind: 'changed', sequence: 3 });
  });

  it('an entry that was made up for a time before those that it follows', async () => {
    await chained(2);
    const id = newId();
    const past = app.clock.in(-3601);
    await query(
      `INSERT INTO audit_entries (tenant_id, id, at, actor, action) VALUES ($1, $2, $3, 'x', 'key.created')`,
      id,
      past,
    );
    await app.get(AuditChaining).runDue();
    expect(await broken()).toEqual({ kind: 'inserted', sequence: 3, entryId: id });
  });

  it('an entry that has changed places with another', async () => {
    const ids = await chained(5);
    await query(`UPDATE audit_entries SET sequence = 99 WHERE tenant_id = $1 AND id = $2`, ids[1]);
    await query(`UPDATE audit_entries SET sequence = 2 WHERE tenant_id = $1 AND id = $2`, ids[3]);
    await query(`UPDATE audit_entries SET sequence = 4 WHERE tenant_id = $1 AND id = $2`, ids[1]);
    expect(await broken()).toEqual({ kind: 'reordered', sequence: 2, entryId: ids[3] });
  });

  it('an end that is gone', async () => {
    await chained(5);
    await query(`DELETE FROM audit_entries WHERE tenant_id = $1 AND sequence > 3`);
    expect(await broken()).toEqual({ kind: 'truncated', sequence: 4, entryId: null });
  });
});

const cutTo = async (sequence: number) => {
  await query(`DELETE FROM audit_entries WHERE tenant_id = $1 AND sequence > $2`, sequence);
  await recompute(sequence + 1);
};

describe('a checkpoint', () => {
  it('is signed when the chain has grown, once, and covers all of it', async () => {
    await chained(3);
    await app.get(Checkpointing).runDue();
    expect((await verify()).checkpoint).toBeNull();
    const first = await sign();
    expect(first).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(await sign()).toBe(first);
    await chained(1);
    expect(await sign()).not.toBe(first);
    expect(await broken()).toBeNull();
  });

  it('is signed at once after a thousand entries', async () => {
    await query(
      `INSERT INTO audit_entries (tenant_id, id, at, actor, action)
       SELECT $1, gen_random_uuid(), $2, 'schedule', 'key.created' FROM generate_series(1, 1000)`,
      app.clock.now(),
    );
    await app.get(AuditChaining).runDue();
    await app.get(Checkpointing).runDue();
    expect((await verify()).checkpoint).not.toBeNull();
  });

  it('shows an end that was cut off by somebody who moved the end of the chain too', async () => {
    await chained(5);
    await sign();
    await cutTo(3);
    expect(await broken()).toEqual({ kind: 'truncated', sequence: 4, entryId: null });
  });

  it('shows a chain that was written anew from some place on', async () => {
    const ids = await chained(5);
    await sign();
    await query(`UPDATE audit_entries SET actor = 'nobody' WHERE tenant_id = $1 AND id = $2`, ids[2]);
    await recompute(3);
    expect(await broken()).toEqual({ kind: 'rewritten', sequence: 5, entryId: ids[4] });
  });

  it('that was kept elsewhere shows it even if those here are gone', async () => {
    await chained(5);
    const kept = await sign();
    await query(`DELETE FROM audit_checkpoints WHERE tenant_id = $1`);
    await cutTo(3);
    expect(await broken()).toBeNull();
    expect(await broken([kept])).toEqual({ kind: 'truncated', sequence: 4, entryId: null });
  });

  it('is not taken for one when another signed it, or when it is of another tenant or for something else', async () => {
    await chained(2);
    const own = await sign();
    const elsewhere = await app.get(Signer).sign(PLATFORM, { aud: 'x', sub: tenantId, sequence: 2, hash: '00' });
    for (const statement of [`${own.slice(0, -4)}AAAA`, 'x', elsewhere]) {
      await query(`UPDATE audit_checkpoints SET statement = $2 WHERE tenant_id = $1`, statement);
      expect(await broken()).toEqual({ kind: 'forged', sequence: 2, entryId: null });
    }
  });

  it('is not signed for a chain that does not hang together', async () => {
    await chained(2);
    const first = await sign();
    const ids = await chained(2);
    await query(`UPDATE audit_entries SET actor = 'nobody' WHERE tenant_id = $1 AND id = $2`, ids[3]);
    await query(`UPDATE audit_chains SET checkpoint_due_at = NULL WHERE tenant_id <> $1`);
    let found = 0;
    const end = signals.auditFoundBroken.subscribe(() => (found += 1));
    app.clock.advance(600);
    await app.get(Checkpointing).runDue();
    expect(found).toBe(1);
    app.clock.advance(60);
    await app.get(Checkpointing).runDue();
    expect(found).toBe(2);
    expect((await verify()).checkpoint).toBe(first);
    expect(found).toBe(3);
    end();
  });
});

it('a look that can not be had has failed, and the next one shows that it went on', async () => {
  const turns: string[] = [];
  const end = signals.loopTurned.subscribe(({ loop, result }) => turns.push(`${loop} ${result}`));
  const look = async () => {
    await app.get(AuditChaining).runDue();
    await app.get(Checkpointing).runDue();
    return turns.splice(0);
  };
  await app.database.query(`ALTER TABLE audit_entries RENAME TO away`);
  await app.database.query(`ALTER TABLE audit_chains RENAME TO gone`);
  expect(await look()).toEqual(['audit_chaining failed', 'audit_checkpoints failed']);
  await app.database.query(`ALTER TABLE away RENAME TO audit_entries`);
  await app.database.query(`ALTER TABLE gone RENAME TO audit_chains`);
  expect(await look()).toEqual(['audit_chaining ok', 'audit_checkpoints ok']);
  end();
});

it('every chain is verified, that of a deleted tenant too', async () => {
  await chained(2);
  await app.database.query(`DELETE FROM tenants WHERE id = $1`, [tenantId]);
  await query(`UPDATE audit_entries SET actor = 'nobody' WHERE tenant_id = $1`);
  const { chains, next } = await app.get(AuditVerification).verifyPage(ALL);
  expect(chains.find((one) => one.tenantId === tenantId)?.broken).toMatchObject({ kind: 'changed' });
  expect(chains.length).toBeGreaterThan(2);
  expect(next).toBeNull();
});

it.each([
  ['a number of chains', { ...ALL, limit: 2 }, 2],
  ['a number of entries', { ...ALL, entries: 200 }, 1000],
  ['time', { ...ALL, seconds: -1 }, 1],
])('a page that ends by %s says where the next begins, and none misses or repeats one', async (_, bounds, size) => {
  for (let count = 0; count < 3; count += 1) {
    tenantId = (await createTenant(app)).id;
    await chained(1);
  }
  const verification = app.get(AuditVerification);
  const all = (await verification.verifyPage(ALL)).chains;
  const paged = new Map<string, Verified>();
  for (let after: ChainPlace | null | undefined; after !== null;) {
    const page = await verification.verifyPage({ ...bounds, after });
    expect(page.chains.length).toBeLessThanOrEqual(size);
    for (const one of page.chains) {
      expect(paged.get(one.tenantId)?.rest).not.toBeNull();
      paged.set(one.tenantId, one);
    }
    after = page.next;
  }
  expect([...paged.values()]).toEqual(all);
});

/** @returns of each part, up to where it went and what it found */
async function parts(entries: number, kept?: string[], between = async (_part: Verified) => {}): Promise<Verified[]> {
  const verifieds: Verified[] = [];
  for (let start: ChainEnd | null | undefined; start !== null;) {
    const part = { start: start ?? null, budget: new VerificationBudget({ entries, seconds: 60 }) };
    const verified = await app.get(AuditVerification).verify(tenantId, kept, part);
    verifieds.push(verified);
    start = verified.rest;
    await between(verified);
  }
  return verifieds;
}
const found = async (kept?: string[]) => (await parts(3, kept)).at(-1)?.broken;
async function rewriteAfterFirst({ entries }: Verified): Promise<void> {
  if (entries !== 3) return;
  await query(`UPDATE audit_entries SET actor = 'nobody' WHERE tenant_id = $1 AND sequence = 1`);
  await recompute(1);
}

describe('a chain that is followed by parts', () => {
  it('is followed to its end, each part as far as it may and no further', async () => {
    await chained(10);
    const all = await parts(4);
    expect(all.map(({ entries }) => entries)).toEqual([4, 7, 10, 10]);
    expect(all.filter((part) => part.broken !== null)).toEqual([]);
  });

  it.each([3, 4, 6, 7])('is found broken in every place, as at %i', async (place) => {
    const ids = await chained(9);
    await query(`UPDATE audit_entries SET actor = 'nobody' WHERE tenant_id = $1 AND id = $2`, ids[place - 1]);
    expect(await found()).toEqual({ kind: 'changed', sequence: place, entryId: ids[place - 1] });
    await recompute(place);
    expect(await found()).toBeNull();
  });

  it('is found cut off, and written anew, by what was signed', async () => {
    const ids = await chained(9);
    const kept = await sign();
    await query(`UPDATE audit_entries SET actor = 'nobody' WHERE tenant_id = $1 AND id = $2`, ids[2]);
    await recompute(3);
    expect(await found()).toEqual({ kind: 'rewritten', sequence: 9, entryId: ids[8] });
    await cutTo(8);
    expect(await found()).toEqual({ kind: 'truncated', sequence: 9, entryId: null });
    await query(`DELETE FROM audit_checkpoints WHERE tenant_id = $1`);
    expect([await found(), await found([kept])]).toMatchObject([null, { kind: 'truncated' }]);
  });

  it('is found to have an entry from a time before, also where a part begins', async () => {
    for (let length = 3; length < 6; length += 1) {
      tenantId = (await createTenant(app)).id;
      await chained(length);
      await query(
        `INSERT INTO audit_entries (tenant_id, id, at, actor, action) VALUES ($1, $2, $3, 'x', 'key.created')`,
        newId(),
        app.clock.in(-3601),
      );
      await app.get(AuditChaining).runDue();
      expect(await found()).toMatchObject({ kind: 'inserted', sequence: length + 1 });
    }
  });

  it('is not whole when it is written anew between two parts', async () => {
    await chained(9);
    expect((await parts(3, undefined, rewriteAfterFirst)).at(-1)?.broken).toMatchObject({ sequence: 3 });
  });
});
