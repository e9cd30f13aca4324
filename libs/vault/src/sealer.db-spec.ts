import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Sealer, VaultModule } from './index.js';

const DAY_SECONDS = 86_400;
const purpose = ['test', 'mine'] as const;

let database: TestDatabase;
let clock: FakeClock;
let one: TestApp;
let other: TestApp;

beforeEach(async () => {
  database = await createTestDatabase();
  clock = new FakeClock();
  one = await startTestApp({ databaseUrl: database.url, imports: [VaultModule], clock });
  other = await start();
});
afterEach(async () => {
  await other?.close();
  await one?.close();
  await database?.drop();
});

/** A process that starts later. */
function start(): Promise<TestApp> {
  return startTestApp({ databaseUrl: database.url, imports: [VaultModule], clock, keyring: one.keyring });
}

const seal = (text: string, by = one) => by.get(Sealer).seal([...purpose], Buffer.from(text));
const open = async (sealed: string, by = one, of: readonly string[] = purpose) =>
  (await by.get(Sealer).open([of[0] ?? '', ...of.slice(1)], sealed))?.toString() ?? null;
const generationOf = (sealed: string) => Buffer.from(sealed, 'base64url').readUInt32BE(0);
async function renewAll(): Promise<void> {
  for (const app of [one, other]) await app.get(Sealer).renew();
}

describe('a sealed value', () => {
  it('opens on every process, for its purpose', async () => {
    const sealed = seal('hello');
    expect(await open(sealed, one)).toBe('hello');
    expect(await open(sealed, other)).toBe('hello');
  });

  it.each([['test'], ['test', 'yours'], ['test', 'mine', ''], ['testmine', '']])(
    'opens for no other purpose: %j',
    async (...of) => {
      expect(await open(seal('hello'), one, of)).toBeNull();
    },
  );

  it('opens no more with any bit of it changed', async () => {
    const bytes = Buffer.from(seal('hello'), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await open(changed.toString('base64url'))).toBeNull();
    }
  });

  it.each(['', 'AA', '====', 'AAAAAAAA', 'A'.repeat(60), 'ü'])('that never was one is refused: %j', async (text) => {
    expect(await open(text)).toBeNull();
  });

  it('has one spelling only', async () => {
    const sealed = seal('hello');
    expect(await open(`${sealed}=`)).toBeNull();
    expect(await open(` ${sealed}`)).toBeNull();
  });
});

describe('keys', () => {
  it('are made once, however many processes start at the same time', async () => {
    const started = await Promise.all([start(), start(), start()]);
    expect(await one.database.query(`SELECT generation FROM sealing_keys`)).toHaveLength(1);
    for (const app of started) await app.close();
  });

  it('are replaced each day, by one process', async () => {
    clock.advance(DAY_SECONDS);
    await Promise.all([one.get(Sealer).renew(), other.get(Sealer).renew()]);
    expect(await one.database.query(`SELECT generation FROM sealing_keys ORDER BY generation`)).toEqual([
      { generation: 1 },
      { generation: 2 },
    ]);
  });

  it('seal only when every process has had a minute to read them', async () => {
    clock.advance(DAY_SECONDS);
    await renewAll();
    expect(generationOf(seal('early'))).toBe(1);
    clock.advance(60);
    await renewAll();
    const sealed = seal('late');
    expect(generationOf(sealed)).toBe(2);
    expect(await open(sealed, other)).toBe('late');
  });

  it('that a process has not read yet are read when a value asks for them', async () => {
    clock.advance(DAY_SECONDS);
    await one.get(Sealer).renew();
    clock.advance(60);
    expect(await open(seal('new'), other)).toBe('new');
  });

  it('go on opening what they sealed for two days, and then are forgotten', async () => {
    const sealed = seal('old');
    for (let day = 0; day < 2; day += 1) {
      clock.advance(DAY_SECONDS);
      await renewAll();
    }
    expect(await open(sealed, other)).toBe('old');
    for (let day = 0; day < 3; day += 1) {
      clock.advance(DAY_SECONDS);
      await renewAll();
    }
    expect(await open(sealed, one)).toBeNull();
    expect(await one.database.query(`SELECT 1 FROM vault_secrets WHERE kind = 'sealing-key' AND row_id = '1'`)).toEqual(
      [],
    );
  });
});
