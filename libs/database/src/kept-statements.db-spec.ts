import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { DeadlineClient } from './deadline-client.js';
import { KeptStatements } from './kept-statements.js';
import { OVER_TENANTS, SHARED } from './scope.js';

const KEPT = `SELECT name, statement AS text, generic_plans + custom_plans AS plans FROM pg_prepared_statements`;
const SUM = 'SELECT $1::integer + 1 AS sum';

let testDatabase: TestDatabase;
let client: DeadlineClient;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(() => testDatabase?.drop());

beforeEach(async () => {
  client = new DeadlineClient({ connectionString: testDatabase.url });
  await client.connect();
  return () => client.end();
});

async function repeat(times: number, text: string, values: unknown[] = []): Promise<unknown> {
  let rows: unknown;
  for (let time = 0; time < times; time += 1) ({ rows } = await client.batch(SHARED, { text, values }));
  return rows;
}

async function kept(): Promise<string[]> {
  const { rows } = await client.batch(OVER_TENANTS, { text: KEPT, values: [] });
  return (rows as { text: string }[]).map(({ text }) => text).toSorted();
}

describe('the statements that a connection is given again and again', () => {
  it('are kept by its server, and answer as they did', async () => {
    expect(await repeat(1, SUM, [1])).toEqual([{ sum: 2 }]);
    expect(await kept()).toEqual([]);
    expect(await repeat(10, SUM, [2])).toEqual([{ sum: 3 }]);
    expect(await kept()).toEqual([SHARED.text, SUM].toSorted());
    expect(await repeat(3, SUM, [3])).toEqual([{ sum: 4 }]);
  });

  it('are the same after one of them failed, be it at its first', async () => {
    const divide = 'SELECT 1 / $1::integer AS part';
    for (let time = 0; time < 10; time += 1) {
      await expect(client.batch(SHARED, { text: divide, values: [0] })).rejects.toMatchObject({ code: '22012' });
    }
    expect(await repeat(5, divide, [1])).toEqual([{ part: 1 }]);
    await expect(client.batch(SHARED, { text: divide, values: [0] })).rejects.toMatchObject({ code: '22012' });
    expect(await repeat(2, divide, [1])).toEqual([{ part: 1 }]);
    expect(await kept()).toContain(divide);
  });

  it('are begun transactions with, too, and leave each in its scope', async () => {
    for (let time = 0; time < 8; time += 1) {
      client.before = null;
      await client.batch({ text: 'START TRANSACTION', values: [] }, OVER_TENANTS);
      expect((await client.query('SELECT current_user AS role')).rows).toEqual([{ role: 'gatehouse_over_tenants' }]);
      await client.query('COMMIT');
      expect(await repeat(1, SUM, [time])).toEqual([{ sum: time + 1 }]);
    }
    expect(await kept()).toContain('START TRANSACTION');
  });

  it('are kept within transactions, too; one that the server has lost ends its transaction, and no other', async () => {
    const within = async (...texts: string[]) => {
      client.before = null;
      await client.batch({ text: 'START TRANSACTION', values: [] }, OVER_TENANTS);
      try {
        for (const text of texts) await client.query(text, text === SUM ? [1] : undefined);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.before = SHARED;
      }
    };
    await within(...Array.from({ length: 10 }, () => SUM));
    expect(await kept()).toContain(SUM);
    await expect(within('DEALLOCATE ALL', SUM)).rejects.toMatchObject({ code: '26000' });
    await within(SUM, SUM);
    expect(await repeat(2, SUM, [2])).toEqual([{ sum: 3 }]);
  });

  it('are not kept within transactions for who gave a callback, which is called', async () => {
    client.before = null;
    await client.batch({ text: 'START TRANSACTION', values: [] }, OVER_TENANTS);
    const rows = await new Promise((resolve, reject) => {
      client.query(SUM, [1], (error, result) => (error ? reject(error) : resolve(result.rows)));
    });
    await client.query('COMMIT');
    expect(rows).toEqual([{ sum: 2 }]);
  });

  it('are sent as a whole where the server has lost them', async () => {
    await repeat(10, SUM, [1]);
    await client.query('DEALLOCATE ALL');
    expect(await repeat(10, SUM, [2])).toEqual([{ sum: 3 }]);
    expect(await kept()).toEqual([]);
  });

  it('are sent as a whole where their tables were changed', async () => {
    await client.query('RESET ROLE');
    await repeat(1, 'CREATE TEMPORARY TABLE kinds AS SELECT 1 AS kind');
    await repeat(10, 'SELECT * FROM kinds');
    await repeat(1, 'ALTER TABLE kinds ADD COLUMN name text');
    expect(await repeat(2, 'SELECT * FROM kinds')).toEqual([{ kind: 1, name: null }]);
  });
});

describe('what is kept', () => {
  let now: number;
  let statements: KeptStatements;

  beforeEach(() => {
    now = 0;
    statements = new KeptStatements(() => now);
    statements.allow(true);
  });

  const send = (text: string, times = 10) => {
    for (let time = 1; time < times; time += 1) statements.send(text).isKept = statements.send(text).name !== '';
    return statements.send(text);
  };

  it('is given up after half a minute, and planned anew', () => {
    const { name } = send(SUM);
    send('SELECT 1', 1);
    now = 29_000;
    expect(statements.outdated()).toEqual([]);
    now = 30_000;
    expect(statements.outdated()).toEqual([name]);
    expect(statements.send(SUM)).toMatchObject({ name: '', isKept: false });
  });

  it('has a name of its own for each text', () => {
    expect(send(SUM).name).not.toBe(send(`${SUM} `).name);
    expect(new Set([send(SUM).name, send(SUM).name]).size).toBe(1);
  });

  it('is nothing behind a pooler', () => {
    statements.allow(false);
    expect(send(SUM).name).toBe('');
  });
});
