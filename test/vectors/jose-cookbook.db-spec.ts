import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '#libs/tenants';
import { TokenVerifier } from './token-verifier.js';
import { readJsonFile, thirdPartyFile } from './third-party-file.js';
import type { Jwk } from './wycheproof.js';

const folder = thirdPartyFile('jose-cookbook');

interface Example {
  input: { key?: Jwk | Jwk[] };
  output: { compact?: string; json?: object; json_flat?: object };
}
const example = (name: string) => readJsonFile(thirdPartyFile(`jose-cookbook/${name}.json`)) as Example;
const publicHalf = ({ kty, kid, use, n, e, crv, x, y }: Jwk): Jwk =>
  Object.fromEntries(Object.entries({ kty, kid, use, n, e, crv, x, y }).filter(([, value]) => value !== undefined));

/** The examples of RFC 7520. The one by Ed25519 names no kid, so the spec of the signature alone has it. */
describe.skipIf(folder.isMissing)(`the cookbook of JOSE: ${folder.name}`, () => {
  let verifier: TokenVerifier;
  beforeAll(async () => {
    verifier = await TokenVerifier.start();
  });
  afterAll(() => verifier?.close());

  async function tenantOf({ input }: Example): Promise<Tenant> {
    const tenant = await verifier.tenantTrusting([input.key ?? []].flat().map(publicHalf));
    if (typeof tenant === 'string') throw new Error(tenant);
    return tenant;
  }

  const ASYMMETRIC = ['jws/4_1.rsa_v15_signature', 'jws/4_2.rsa-pss_signature', 'jws/4_3.ecdsa_signature'];

  it.each(ASYMMETRIC)('%s is accepted, as the compact text and in no other form', async (name) => {
    const { output, ...rest } = example(name);
    const tenant = await tenantOf({ output, ...rest });
    expect(await verifier.judge(tenant, output.compact ?? '')).toEqual({ isAccepted: true, failed: [] });
    for (const form of [output.json, output.json_flat]) {
      expect(await verifier.judge(tenant, JSON.stringify(form))).toEqual({ isAccepted: false, failed: ['format'] });
    }
  });

  it.each(ASYMMETRIC)('the key of %s is refused as long as its private half is in it', async (name) => {
    const tenant = await verifier.tenantTrusting([example(name).input.key ?? []].flat());
    expect(tenant).toContain('It publishes a private or symmetric key.');
  });

  it.each([
    ['jws/4_4.hmac-sha2_integrity_protection', 3],
    ['jws/4_5.signature_with_detached_content', 3],
    ['jws/4_6.protecting_specific_header_fields', 2],
    ['jws/4_7.protecting_content_only', 2],
    ['jws/4_8.multiple_signatures', 1],
    ['rfc7797/hmac-sha2_b64_false', 3],
  ])('%s is refused in each of its %d forms', async (name, forms) => {
    const { input, output } = example(name);
    const tenant = await verifier.tenantFor([input.key ?? []].flat());
    const texts = Object.values(output).map((form) => (typeof form === 'string' ? form : JSON.stringify(form)));
    const verdicts = await Promise.all(texts.map((text) => verifier.judge(tenant, text)));
    expect(verdicts.map(({ isAccepted }) => isAccepted)).toEqual(Array.from({ length: forms }, () => false));
  });
});
