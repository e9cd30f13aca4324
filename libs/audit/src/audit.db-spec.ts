import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId } from '#libs/database';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Audit, type NewAuditEntry, AuditModule, SYSTEM_ACTOR, type AuditAction } from './index.js';

let database: TestDatabase;
let app: TestApp;
let audit: Audit;
let tenantId: TenantId;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [AuditModule] });
  audit = app.get(Audit);
});
beforeEach(async () => {
  tenantId = (await createTenant(app)).id;
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const commit = (entry: NewAuditEntry, of = tenantId) => app.database.transaction((tx) => audit.record(tx, of, entry));
const record = (subject: string, action: AuditAction = 'key.created', of = tenantId) =>
  commit({ actor: SYSTEM_ACTOR, action, subject }, of);
const subjectsOf = (entries: { subject: string | null }[]) => entries.map(({ subject }) => subject);

/** In one transaction and on a clock that stands still. @returns their subjects, in order of the calls */
async function recordMany(count: number): Promise<string[]> {
  const subjects = Array.from({ length: count }, (_, index) => `k-${index}`);
  await app.database.transaction(async (tx) => {
    for (const subject of subjects)
      await audit.record(tx, tenantId, { actor: SYSTEM_ACTOR, action: 'key.created', subject });
  });
  return subjects;
}

describe('an entry', () => {
  it('says who did what to what, from where and when', async () => {
    await commit({
      actor: { name: 'admin-token', address: '192.0.2.7', requestId: 'r-1' },
      action: 'key.revoked',
      subject: 'k-1',
      details: { alg: 'ES256', overlap_seconds: 0, emergency: true, successor: null },
    });
    expect(await audit.list(tenantId, { limit: 10 })).toEqual([
      {
        tenantId,
        id: expect.any(String),
        at: app.clock.now(),
        actor: 'admin-token',
        address: '192.0.2.7',
        requestId: 'r-1',
        action: 'key.revoked',
        subject: 'k-1',
        details: { alg: 'ES256', overlap_seconds: 0, emergency: true, successor: null },
      },
    ]);
  });

  it('needs neither an address nor a subject nor details', async () => {
    await commit({ actor: SYSTEM_ACTOR, action: 'trust.refreshed' });
    expect(await audit.list(tenantId, { limit: 10 })).toMatchObject([
      { actor: 'schedule', address: null, subject: null, details: {} },
    ]);
  });

  it('is there when the transaction that it is part of commits, and not before', async () => {
    await app.database.transaction(async (tx) => {
      await audit.record(tx, tenantId, { actor: SYSTEM_ACTOR, action: 'tenant.changed' });
      expect(await audit.list(tenantId, { limit: 10 })).toEqual([]);
    });
    expect(await audit.list(tenantId, { limit: 10 })).toHaveLength(1);
  });

  it('is gone with the transaction that it was part of', async () => {
    const failing = app.database.transaction(async (tx) => {
      await audit.record(tx, tenantId, { actor: SYSTEM_ACTOR, action: 'tenant.changed' });
      throw new Error('Changed nothing.');
    });
    await expect(failing).rejects.toThrow('Changed nothing.');
    expect(await audit.list(tenantId, { limit: 10 })).toEqual([]);
  });

  it('outlives its tenant', async () => {
    await record('k-1');
    await app.database.query(`DELETE FROM tenants WHERE id = $1`, [tenantId]);
    expect(subjectsOf(await audit.list(tenantId, { limit: 10 }))).toEqual(['k-1']);
  });
});

describe('another tenant', () => {
  it('sees nothing of it, whatever it asks for', async () => {
    const other = (await createTenant(app)).id;
    await record('k-1');
    await record('k-2');
    const [newest] = await audit.list(tenantId, { limit: 10 });
    for (const filter of [{}, { action: 'key.created' as const }, { subject: 'k-1' }, { before: newest?.id }]) {
      expect(await audit.list(other, { ...filter, limit: 10 })).toEqual([]);
    }
  });

  it('gets its own entries only, on every page', async () => {
    const other = (await createTenant(app)).id;
    for (const subject of ['k-1', 'k-2', 'k-3']) {
      await record(subject);
      await record(`their ${subject}`, 'key.created', other);
    }
    const [newest] = await audit.list(other, { limit: 1 });
    expect(newest?.subject).toBe('their k-3');
    expect(subjectsOf(await audit.list(other, { before: newest?.id, limit: 10 }))).toEqual(['their k-2', 'their k-1']);
  });
});

/** Subjects of every page, one page after the other. */
async function readAll(limit: number): Promise<(string | null)[]> {
  const read: (string | null)[] = [];
  let before: string | undefined;
  for (;;) {
    const entries = await audit.list(tenantId, { before, limit });
    read.push(...subjectsOf(entries));
    if (entries.length < limit) return read;
    before = entries.at(-1)?.id;
  }
}

describe('pages', () => {
  it.each([1, 4, 5, 25, 26])(
    'of %i hold entries of the same millisecond newest first, each of them once',
    async (limit) => {
      const subjects = await recordMany(25);
      expect(await readAll(limit)).toEqual(subjects.toReversed());
    },
  );

  it('stay what they are while entries are added', async () => {
    await recordMany(4);
    const first = await audit.list(tenantId, { limit: 2 });
    await record('later');
    const second = await audit.list(tenantId, { before: first.at(-1)?.id, limit: 2 });
    expect(subjectsOf([...first, ...second])).toEqual(['k-3', 'k-2', 'k-1', 'k-0']);
  });
});

describe('a filter', () => {
  beforeEach(async () => {
    await record('k-1', 'key.created');
    await record('k-2', 'key.created');
    await record('k-1', 'key.retired');
    await record('k-1', 'key.created');
  });

  it('by action leaves the others out', async () => {
    expect(await audit.list(tenantId, { action: 'key.retired', limit: 10 })).toMatchObject([{ action: 'key.retired' }]);
    expect(await audit.list(tenantId, { action: 'trust.changed', limit: 10 })).toEqual([]);
  });

  it('by subject leaves the others out, and takes no part of one for the whole', async () => {
    expect(subjectsOf(await audit.list(tenantId, { subject: 'k-2', limit: 10 }))).toEqual(['k-2']);
    expect(await audit.list(tenantId, { subject: 'k', limit: 10 })).toEqual([]);
  });

  it('by both holds on the next page too', async () => {
    const filter = { action: 'key.created', subject: 'k-1', limit: 1 } as const;
    const [newest] = await audit.list(tenantId, filter);
    const rest = await audit.list(tenantId, { ...filter, before: newest?.id, limit: 10 });
    expect(rest).toMatchObject([{ action: 'key.created', subject: 'k-1' }]);
    expect(rest[0]?.id).not.toBe(newest?.id);
  });
});
