import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId, type TenantId } from '#libs/database';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Events, EventsModule } from './index.js';

let database: TestDatabase;
let app: TestApp;
let events: Events;
let tenantId: TenantId;
let subject: string;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [EventsModule] });
  events = app.get(Events);
});
beforeEach(async () => {
  tenantId = (await createTenant(app)).id;
  subject = newId();
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

/** A statement that changes the tenant's row, or none. */
const rename = (sequence: number) =>
  `UPDATE tenants SET name = $2 WHERE id = $1 RETURNING ${sequence} AS sequence, jsonb_build_object('name', name) AS payload`;
const record = (sequence: number, name: string, of = tenantId) =>
  app.database.transaction((tx) =>
    events.recordWith(tx, tenantId, { type: 'connection.created', subject }, rename(sequence), [of, name]),
  );

describe('an event', () => {
  it('is written by the statement that changes its subject, with what that returns', async () => {
    expect(await record(1, 'Acme 2')).toBe(true);
    expect(await events.of(tenantId, subject)).toEqual([
      {
        tenantId,
        id: expect.any(String),
        type: 'connection.created',
        subject,
        sequence: 1,
        payload: { name: 'Acme 2' },
        createdAt: app.clock.now(),
      },
    ]);
  });

  it('is not written when that statement changes nothing', async () => {
    const other = (await createTenant(app)).id;
    await app.database.query(`DELETE FROM tenants WHERE id = $1`, [other]);
    expect(await record(1, 'x', other)).toBe(false);
    expect(await events.of(tenantId, subject)).toEqual([]);
  });

  it('is gone with the transaction that it was part of, and so is the change', async () => {
    const about = { type: 'connection.created', subject } as const;
    const failing = app.database.transaction(async (tx) => {
      await events.recordWith(tx, tenantId, about, rename(1), [tenantId, 'never']);
      throw new Error('Changed nothing.');
    });
    await expect(failing).rejects.toThrow('Changed nothing.');
    expect(await events.of(tenantId, subject)).toEqual([]);
    const [tenant] = await app.database.query(`SELECT name FROM tenants WHERE id = $1`, [tenantId]);
    expect(tenant).not.toEqual({ name: 'never' });
  });

  it('has a place of its own in the order of its subject', async () => {
    await record(1, 'one');
    await expect(record(1, 'again')).rejects.toThrow('events_sequence_key');
    await record(2, 'two');
    expect((await events.of(tenantId, subject)).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });
});

it("another tenant sees nothing of it, and it goes with its tenant's rows", async () => {
  await record(1, 'one');
  expect(await events.of((await createTenant(app)).id, subject)).toEqual([]);
  await app.database.query(`DELETE FROM tenants WHERE id = $1`, [tenantId]);
  expect(await events.of(tenantId, subject)).toEqual([]);
});

it('is kept for a week, and taken away no more at once than was asked for', async () => {
  await app.database.query(`DELETE FROM events`);
  for (const sequence of [1, 2, 3]) await record(sequence, 'old');
  app.clock.advance(7 * 86_400);
  expect(await events.deleteExpired(10)).toBe(0);
  app.clock.advance(1);
  await record(4, 'new');
  expect(await events.deleteExpired(2)).toBe(2);
  expect(await events.deleteExpired(2)).toBe(1);
  expect((await events.of(tenantId, subject)).map(({ sequence }) => sequence)).toEqual([4]);
});
