import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, startService, type TestDatabase } from '#libs/testing';

let database: TestDatabase;
const key = () => randomBytes(32).toString('base64');

beforeAll(async () => {
  database = await createTestDatabase();
  const first = await startService({ databaseUrl: database.url, env: { VAULT_KEYRING: `k1:${key()}` } });
  await first.stop();
});
afterAll(() => database?.drop());

const outputOf = (keyring: string) =>
  startService({ databaseUrl: database.url, env: { VAULT_KEYRING: keyring } }).then(
    async (service) => {
      await service.stop();
      return 'It started.';
    },
    (error: unknown) => String(error),
  );

it.each([
  ['another key of the same id', () => `k1:${key()}`, 'The key "k1" of VAULT_KEYRING is not the one that wrapped'],
  ['a ring without the key', () => `k2:${key()}`, 'VAULT_KEYRING no longer holds the key "k1"'],
])('%s keeps the service from starting, with a sentence and no stack', async (_what, keyring, sentence) => {
  const output = await outputOf(keyring());
  expect(output).toContain(sentence);
  expect(output).not.toMatch(/^\s+at .*dist/m);
});
