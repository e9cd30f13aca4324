import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, startService, type TestDatabase } from '#libs/testing';

const key = () => randomBytes(32).toString('base64');
const needed = key();

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  const first = await startService({ databaseUrl: database.url, env: { VAULT_KEYRING: `k1:${needed}` } });
  await first.stop();
});
afterAll(() => database?.drop());

const outputOf = (env: Record<string, string | undefined>) =>
  startService({ databaseUrl: database.url, env }).then(
    async (service) => {
      await service.stop();
      return 'It started.';
    },
    (error: unknown) => String(error),
  );

describe('the service does not start, and says in a sentence what to do', () => {
  test.each([
    ['with a key that is too short', { VAULT_KEYRING: 'k1:AAAA' }, 'the key "k1" has 3 bytes, not 32'],
    ['with zeros for a key', { VAULT_KEYRING: `k1:${Buffer.alloc(32).toString('base64')}` }, 'one byte repeated'],
    ['with an id twice', { VAULT_KEYRING: `k1:${needed},k1:${key()}` }, 'holds the id "k1" twice'],
    ['with a key twice', { VAULT_KEYRING: `k1:${needed},k2:${needed}` }, 'holds the key of "k2" twice'],
    ['with no entry', { VAULT_KEYRING: 'k1' }, 'has an entry that is not id:base64'],
    [
      'in production without a keyring',
      { VAULT_KEYRING: undefined, NODE_ENV: 'production' },
      'VAULT_KEYRING is not set',
    ],
    ['with another key of the same id', { VAULT_KEYRING: `k1:${key()}` }, 'The key "k1" of VAULT_KEYRING is not the'],
    [
      'without the key that is needed',
      { VAULT_KEYRING: `k2:${key()}` },
      'VAULT_KEYRING no longer holds the key "k1", which still wraps 1 data key. Add it back behind the primary key.',
    ],
  ])('%s', async (_what, env, sentence) => {
    const output = await outputOf(env);
    expect(output).toContain(sentence);
    expect(output).not.toContain(needed);
    expect(output).not.toMatch(/^\s+at .*dist/m);
  });
});
