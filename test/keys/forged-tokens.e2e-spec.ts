import { CompactEncrypt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json, startHttpServer, type HttpServer } from '#libs/testing';
import { expectRefusal } from '../main-job/error-format.js';
import { Fleet } from './fleet.js';
import { forgedContents } from './forged-contents.js';
import { forgedEnvelopes } from './forged-envelopes.js';
import { TokenSmith } from './token-smith.js';

let fleet: Fleet;
let smith: TokenSmith;
/** Where the URLs in forged headers lead to. */
let lure: HttpServer;

beforeAll(async () => {
  fleet = await Fleet.start();
  lure = await startHttpServer();
  smith = await new TokenSmith(fleet.members[0], 'forged').enrol();
  lure.answerWith(json(200, smith.jwks()));
});
afterAll(async () => {
  await fleet?.close();
  await lure?.close();
});

async function expectForgery(token: () => string | Promise<string>, check: string): Promise<void> {
  expectRefusal(await smith.exchange(await token()), 'oauth', 400, { error: 'invalid_request' });
  const { valid, checks } = await smith.explain(await token());
  expect(valid).toBe(false);
  expect(checks.find(({ ok }) => !ok)).toMatchObject({ check, detail: expect.stringMatching(/\S.*\.$/) });
}

describe('what is not forged', () => {
  test.each([
    ['ES256', 'ec'],
    ['ES384', 'p384'],
    ['RS256', 'rsa'],
    ['EdDSA', 'ed'],
  ] as const)('is accepted: %s', async (alg, kid) => {
    const token = smith.signed(smith.header({ alg, kid }), undefined, kid);
    expect(await smith.explain(token)).toMatchObject({ valid: true });
    expect((await smith.exchange(token)).status).toBe(200);
  });

  test('would be fetched from where the forged headers lead to', async () => {
    const fetching = new TokenSmith(fleet.members[0], 'fetching');
    await fetching.enrol({ jwks_uri: `${lure.origin}/jwks.json` });
    await fleet.members[0].admin('POST', '/admin/tenants/fetching/trust/refresh');
    expect(lure.requests).toHaveLength(1);
    lure.requests.length = 0;
  });
});

const forgeries = Object.entries({ ...forgedEnvelopes, ...forgedContents });
describe.each(forgeries)('refused, and explained by the check that refuses: %s', (_, group) => {
  test.each(group)('%s (%s)', (_title, check, forge) =>
    expectForgery(() => forge(smith, `${lure.origin}/jwks.json`), check),
  );
});

describe('refused', () => {
  test('an encrypted token', async () => {
    const { publicKey } = smith.keys.rsa;
    const encrypt = (alg: string) =>
      new CompactEncrypt(Buffer.from(smith.signed()))
        .setProtectedHeader({ alg, enc: 'A256GCM', kid: 'rsa', cty: 'JWT' })
        .encrypt(publicKey);
    await expectForgery(() => encrypt('RSA-OAEP-256'), 'format');
  });

  test('a token of more than a mebibyte, before it is read', async () => {
    const token = smith.signed().padEnd(1024 * 1024 + 1, 'A');
    const exchanged = await smith.exchange(token);
    expect(exchanged.status).toBeGreaterThanOrEqual(400);
    expect(exchanged.status).toBeLessThan(500);
    await expect(smith.explain(token)).rejects.toThrow(/explain: 4\d\d /);
  });

  test('the second reading of a signature: with n − s in place of s it is valid, but its jti is used up', async () => {
    const token = smith.signed();
    expect((await smith.exchange(token)).status).toBe(200);
    const twin = otherSignature(token);
    expect((await smith.explain(twin)).checks.filter(({ ok }) => !ok).map(({ check }) => check)).toEqual(['jti']);
    expectRefusal(await smith.exchange(twin), 'oauth', 400, { error: 'invalid_request' });
  });

  test('each without a request to any URL that a header named', () => {
    expect(forgeries.flatMap(([, group]) => group).length).toBeGreaterThan(100);
    expect(lure.requests).toEqual([]);
  });

  test('each without a fault of ours in the log', () => {
    const lines = fleet.processes.flatMap((one) => one.logs());
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.filter((line) => /"level":"?(error|fatal|50|60)|unhandled/i.test(line))).toEqual([]);
  });
});

/** Anybody can turn a signature (r, s) by ECDSA into (r, n − s). */
function otherSignature(token: string): string {
  const at = token.lastIndexOf('.') + 1;
  const signature = Buffer.from(token.slice(at), 'base64url').toString('hex');
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = order - BigInt(`0x${signature.slice(64)}`);
  return (
    token.slice(0, at) +
    Buffer.from(signature.slice(0, 64) + s.toString(16).padStart(64, '0'), 'hex').toString('base64url')
  );
}
