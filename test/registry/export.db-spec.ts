import { compactDecrypt, exportJWK, generateKeyPair, generateSecret, type CryptoKey, type JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { json } from '#libs/testing';
import { expectRefusal } from '../main-job/error-format.js';
import { AdminDesk, PATH, SECRET, withKey, withTokens } from './admin-desk.js';
import { RegistryScene } from './registry-scene.js';

let scene: RegistryScene;
let desk: AdminDesk;

beforeAll(async () => {
  scene = await RegistryScene.start();
  desk = new AdminDesk(scene);
});
beforeEach(async () => {
  scene.server.answerWith(json(200, { id: 7, name: 'Ada L.' }));
  await scene.database.query(`DELETE FROM connections`);
});
afterAll(() => scene?.close());

type KeyKind = 'RSA-OAEP-256' | 'ECDH-ES+A256KW';
async function recipient(alg: KeyKind, crv?: string): Promise<{ jwk: JWK; privateKey: CryptoKey }> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...(crv && { crv }) });
  return { jwk: await exportJWK(publicKey), privateKey };
}
async function opened(bundle: string, privateKey: CryptoKey) {
  const { plaintext, protectedHeader } = await compactDecrypt(bundle, privateKey);
  const contents = JSON.parse(new TextDecoder().decode(plaintext)) as { version: number; connections: object[] };
  return { ...contents, header: protectedHeader };
}

/** What an export keeps of each connection: all but ids and times. */
async function facts() {
  const { connections } = await desk.list();
  return connections.map(({ id, external_id: externalId, ...rest }) => {
    const lasting = Object.entries(rest).filter(
      ([name]) => !/^(user_id|status_since|created_at|last_refreshed_at)$/.test(name),
    );
    return { ...Object.fromEntries(lasting), external_id: externalId ?? id };
  });
}

describe('an export', () => {
  test.each<[KeyKind, string | undefined]>([
    ['RSA-OAEP-256', undefined],
    ['ECDH-ES+A256KW', 'P-256'],
    ['ECDH-ES+A256KW', 'P-521'],
    ['ECDH-ES+A256KW', 'X25519'],
  ])('to a key for %s on %s is taken by an import, as it was', async (alg, crv) => {
    await desk.import([
      withKey('ada', { title: 'Work', metadata: { a: 1 }, account: { id: '7', title: 'Ada' }, sharing: 'tenant' }),
      withKey('ada', { external_id: undefined, is_default: true }),
      withKey('bob', { disabled: true }),
      withKey('eve', { app: 'basic-app', credentials: { kind: 'basic', username: 'u', password: SECRET } }),
      withTokens(
        'ada',
        { access_token: SECRET, refresh_token: SECRET, scopes: ['a', 'b'] },
        { external_id: 'ext-oauth' },
      ),
    ]);
    const before = await facts();
    const { jwk, privateKey } = await recipient(alg, crv);
    const { bundle, count, next_cursor } = await desk.export({ jwk });
    expect([count, next_cursor]).toEqual([5, null]);
    const { connections, header } = await opened(bundle, privateKey);
    expect(header).toMatchObject({ alg, enc: 'A256GCM' });
    expect(JSON.stringify(connections)).toContain(SECRET);
    // Here again: nothing changes, since all of it is known.
    expect(await desk.import(connections)).toMatchObject({ updated: 5, failed: 0 });
    // And into a place that knows none of them.
    await scene.database.query(`DELETE FROM connections`);
    expect(await desk.import(connections.toReversed())).toMatchObject({ created: 5, failed: 0 });
    expect(await facts()).toEqual(before);
    const again = await opened((await desk.export({ jwk })).bundle, privateKey);
    expect(again.connections).toEqual(connections);
  });

  test('opens with no other key', async () => {
    await desk.import([withKey('ada')]);
    const [{ jwk }, other] = await Promise.all([recipient('RSA-OAEP-256'), recipient('RSA-OAEP-256')]);
    await expect(opened((await desk.export({ jwk })).bundle, other.privateKey)).rejects.toThrow();
  });

  test('names what was altered and does not open, and holds the others', async () => {
    await desk.import([withKey('ada'), withKey('bob')]);
    const { id } = (await desk.list()).connections.find(({ user }) => user === 'bob') as { id: string };
    await scene.database.query(`UPDATE vault_secrets SET version = version + 1 WHERE row_id = $1`, [id]);
    const { jwk, privateKey } = await recipient('ECDH-ES+A256KW');
    const { bundle, count, unreadable } = await desk.export({ jwk });
    expect([count, unreadable]).toEqual([1, [id]]);
    expect((await opened(bundle, privateKey)).connections).toMatchObject([{ user: 'ada' }]);
    expect((await desk.audited('connections.exported')).at(-1)?.details).toMatchObject({ count: 1, unreadable: 1 });
  });

  test('holds what was asked for, in bundles of what an import takes', async () => {
    await desk.import(['a', 'b', 'c'].map((name) => withKey(name)));
    await desk.import([withKey('d', { org: 'org-2' })]);
    const { jwk, privateKey } = await recipient('ECDH-ES+A256KW');
    const users = async (bundle: string) =>
      (await opened(bundle, privateKey)).connections.map((connection) => (connection as { user: string }).user);
    expect(await users((await desk.export({ jwk, org: 'org-2' })).bundle)).toEqual(['d']);
    const first = await desk.export({ jwk, org: 'org-1', limit: 2 });
    expect(await users(first.bundle)).toEqual(['c', 'b']);
    const second = await desk.export({ jwk, org: 'org-1', limit: 2, cursor: first.next_cursor });
    expect([await users(second.bundle), second.next_cursor]).toEqual([['a'], null]);
  });

  test('leaves out what nobody confirmed and what was disconnected', async () => {
    await desk.import([withKey('ada'), withKey('bob'), withKey('eve')]);
    await scene.database.query(`UPDATE connections SET status = 'pending' WHERE external_id = 'ext-ada'`);
    await scene.database.query(`UPDATE connections SET status = 'deleted' WHERE external_id = 'ext-bob'`);
    expect((await desk.export({ jwk: (await recipient('RSA-OAEP-256')).jwk })).count).toBe(1);
  });

  test('is on record with its count and its key, and is kept by no cache', async () => {
    await desk.import([withKey('ada')]);
    const { jwk } = await recipient('RSA-OAEP-256');
    const answer = await desk.call('POST', `${PATH}/export`, { jwk, app: 'key-app' });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await desk.audited('connections.exported')).at(-1)).toMatchObject({
      actor: 'admin-token',
      details: { count: 1, app: 'key-app', key: expect.stringMatching(/^[\w-]{43}$/) },
    });
  });

  test.each<[string, () => Promise<object>]>([
    ['a private key', async () => exportJWK((await recipient('RSA-OAEP-256')).privateKey)],
    ['a symmetric key', async () => exportJWK(await generateSecret('A256GCMKW', { extractable: true }))],
    ['a key for signatures', async () => ({ ...(await recipient('RSA-OAEP-256')).jwk, use: 'sig' })],
    ['another algorithm', async () => ({ ...(await recipient('RSA-OAEP-256')).jwk, alg: 'RSA1_5' })],
    ['a curve for signatures', async () => exportJWK((await generateKeyPair('Ed25519')).publicKey)],
    ['no key at all', async () => Promise.resolve({})],
    [
      'a short modulus',
      async () => Promise.resolve({ kty: 'RSA', e: 'AQAB', n: Buffer.alloc(128, 255).toString('base64url') }),
    ],
    ['an endless modulus', async () => Promise.resolve({ kty: 'RSA', e: 'AQAB', n: 'a'.repeat(100_000) })],
    ['a point that is on no curve', async () => Promise.resolve({ kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' })],
  ])('is refused to %s, and is not on record', async (_, make) => {
    const before = await desk.audited('connections.exported');
    const refused = await desk.call('POST', `${PATH}/export`, { jwk: await make() });
    expectRefusal(refused, 'admin', 400, { errors: [expect.objectContaining({ pointer: '/jwk' })] });
    expect(await desk.audited('connections.exported')).toEqual(before);
  });
});

test('no answer of all these held a secret', () => {
  expect(scene.gatehouse.bodies.length).toBeGreaterThan(10);
  expect(desk.secretsAnswered()).toEqual([]);
});
