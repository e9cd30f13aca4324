import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '#libs/tenants';
import { PartnerTokens, RefusedToken } from '#libs/trusted-keys';
import { readFolder, thirdPartyFile } from './third-party-file.js';
import { TokenVerifier } from './token-verifier.js';

const folder = thirdPartyFile('json-parsing/test_parsing');
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const HEADER = '{"alg":"ES256","kid":"k1"}';
/** RFC 8259 §4 lets a parser take them; RFC 7519 §4 lets us refuse them, and we do. */
const WITH_A_NAME_TWICE = ['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json'];

function signed(header: Uint8Array, payload: Uint8Array): string {
  const input = [header, payload].map((bytes) => Buffer.from(bytes).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** The text as the last member of an object that is valid as it is. */
const within = (object: string, text: Buffer) =>
  Buffer.concat([Buffer.from(`${object.slice(0, -1)},"text":`), text, Buffer.from('}')]);

const counts = (sorted: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(sorted).map(([outcome, names]) => [outcome, names.length]));

/** JSONTestSuite: `y_` must be read, `n_` must be refused, of `i_` a parser may do either. */
describe.skipIf(folder.isMissing)(`correctly signed JSON texts: ${folder.name}`, () => {
  let verifier: TokenVerifier;
  let tenant: Tenant;
  let payload: string;

  beforeAll(async () => {
    verifier = await TokenVerifier.start();
    const made = await verifier.tenantTrusting([{ ...publicKey.export({ format: 'jwk' }), kid: 'k1' }]);
    if (typeof made === 'string') throw new Error(made);
    tenant = made;
    const iat = verifier.app.clock.now().getTime() / 1000;
    const { issuer: iss, audience: aud } = tenant;
    payload = JSON.stringify({ iss, aud, sub: 'user-1', org_id: 'org-1', iat, exp: iat + 300 });
  });
  afterAll(() => verifier?.close());

  async function outcomeOf(token: string): Promise<string> {
    try {
      await verifier.app.get(PartnerTokens).verify(tenant, token);
      return 'accepted';
    } catch (error) {
      if (error instanceof RefusedToken) return error.reason;
      throw error;
    }
  }

  /** The names of the texts by kind and outcome: "accepted", or the reason of the refusal. Whatever else is thrown fails the test. */
  async function sort(token: (text: Buffer) => string): Promise<Record<string, string[]>> {
    const sorted: Record<string, string[]> = {};
    for (const [name, text] of readFolder(folder)) {
      const outcome = `${name[0]} ${await outcomeOf(token(text))}`;
      (sorted[outcome] ??= []).push(name);
    }
    return sorted;
  }

  const places: [string, (text: Buffer) => string][] = [
    ['payload', (text) => signed(Buffer.from(HEADER), within(payload, text))],
    ['header', (text) => signed(within(HEADER, text), Buffer.from(payload))],
  ];
  it.each(places)(
    'within a valid %s are read where they are JSON with unique names, and refused where not',
    async (_, token) => {
      const sorted = await sort(token);
      expect(counts(sorted)).toEqual({
        'y accepted': 93,
        'y malformed': 2,
        'n malformed': 188,
        'i accepted': 20,
        'i malformed': 15,
      });
      expect(sorted['y malformed']).toEqual(WITH_A_NAME_TWICE);
    },
  );

  it('as the whole payload are all refused, the objects for what they do not say', async () => {
    const sorted = await sort((text) => signed(Buffer.from(HEADER), text));
    expect(counts(sorted)).toEqual({
      'y claims': 10,
      'y malformed': 85,
      'n malformed': 188,
      'i claims': 1,
      'i malformed': 34,
    });
  });

  it('as the whole header are all refused, the objects for what they do not say', async () => {
    const sorted = await sort((text) => signed(text, Buffer.from(payload)));
    expect(counts(sorted)).toEqual({
      'y header': 10,
      'y malformed': 85,
      'n malformed': 188,
      'i header': 1,
      'i malformed': 34,
    });
  });
});
