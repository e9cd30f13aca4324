import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Config } from '#libs/config';
import { LocalKeyring, Secret } from '#libs/crypto';
import { asTenantId } from '#libs/database';
import { dumpRows, oauth2Credentials, startTestApp, startThirdPartyScene, type ThirdPartyScene } from '#libs/testing';
import { Vault, VaultModule } from '#libs/vault';
import { Webhooks, WebhooksModule } from '#libs/webhooks';

const SECRETS = ['access-in-the-dump', 'refresh-in-the-dump', 'url-in-the-dump', 'client-in-the-dump'];

let scene: ThirdPartyScene;

beforeAll(async () => {
  scene = await startThirdPartyScene([WebhooksModule]);
  const owner = await scene.newOwner();
  const [accessToken = '', refreshToken = '', url, client] = SECRETS;
  await scene.connect(owner, oauth2Credentials(scene.app, { accessToken, refreshToken }));
  const actor = { name: 'test', address: null };
  await scene.app.get(Webhooks).create(owner.tenantId, { url: `https://a.example/${url}`, types: null }, actor);
  const place = { kind: 'upstream', rowId: owner.appId, field: 'client_secret' } as const;
  await scene.app.get(Vault).put(owner.tenantId, place, new Secret(client ?? ''));
});
afterAll(() => scene?.close());

interface WrappedKey {
  tenant_id: string;
  generation: number;
  key_id: string;
  wrapped: Buffer;
}

const dataKeys = () => scene.app.database.query<WrappedKey>(`SELECT * FROM data_keys`);
const contextOf = ({ tenant_id: id, generation }: WrappedKey) =>
  ['data-key', asTenantId(id), String(generation)] as const;

function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('hex'), bytes.toString('base64').replace(/.{1,3}$/, '')];
}

const ring = (id: string) => [{ id, key: randomBytes(32) }];

describe('who has the database and not the keyring', () => {
  it('reads no secret in it, in whatever encoding', async () => {
    const rows = await dumpRows(scene.app.database);
    expect(SECRETS.flatMap(spellings).filter((text) => rows.includes(text))).toEqual([]);
  });

  it('unwraps no data key with another key, nor with any value of the dump', async () => {
    const keys = await dataKeys();
    expect(keys.length).toBeGreaterThan(0);
    const columns = await scene.app.database.query<{ table: string; column: string }>(
      `SELECT quote_ident(table_name) AS table, quote_ident(column_name) AS column FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'bytea'`,
    );
    const values = await Promise.all(
      columns.map(({ table, column }) =>
        scene.app.database.query<{ value: Buffer }>(
          `SELECT ${column} AS value FROM ${table} WHERE length(${column}) >= 32`,
        ),
      ),
    );
    const candidates = [
      randomBytes(32),
      ...values.flat().flatMap(({ value }) => [value.subarray(0, 32), value.subarray(-32)]),
    ];
    expect(candidates.length).toBeGreaterThan(5);
    for (const held of keys) {
      const unwrap = (key: Buffer) =>
        new LocalKeyring([{ id: held.key_id, key }]).unwrap(held.key_id, held.wrapped, contextOf(held));
      for (const key of candidates) await expect(unwrap(key)).rejects.toThrow();
      const [own] = scene.app.keyring;
      expect(await unwrap(own?.key ?? randomBytes(32))).toHaveLength(32);
    }
  });

  it('starts no service on it', async () => {
    const databaseUrl = scene.app.get(Config).databaseUrl ?? expect.fail();
    for (const keyring of [ring('k1'), ring('k2')])
      await expect(startTestApp({ databaseUrl, imports: [VaultModule], keyring })).rejects.toThrow(/VAULT_KEYRING/);
  });
});
