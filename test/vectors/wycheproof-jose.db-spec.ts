import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PartnerTokens } from '#libs/trusted-keys';
import { TokenVerifier } from './token-verifier.js';
import { type JoseCase, type JoseGroup, type Jwk, readJoseGroups, wycheproofFile } from './wycheproof.js';

const files = {
  keys: wycheproofFile('json_web_key'),
  encrypted: wycheproofFile('json_web_encryption'),
  mixed: wycheproofFile('json_web_crypto'),
};
let verifier: TokenVerifier;
beforeAll(async () => {
  verifier = await TokenVerifier.start();
});
afterAll(() => verifier?.close());

const casesOf = (groups: readonly JoseGroup[]) =>
  groups.flatMap((group) => group.cases.map((one) => ({ ...group, ...one })));

/** A key without a kid is refused for that alone, and its weakness would go unseen: it is given one. */
const named = (keys: readonly Jwk[]) => keys.map((jwk, index) => ({ kid: `added-${index}`, ...jwk }));

describe.skipIf(files.keys.isMissing)(`key sets: ${files.keys.name}`, () => {
  const SYMMETRIC = 'private or symmetric key';
  /** Which of our rules refuses each. */
  const refusals: Record<string, number[]> = {
    [SYMMETRIC]: [1, 3, 4, 10, 11, 12, 16, 17, 18, 25, 26],
    'Its use is "enc"': [6, 21],
    ROCA: [7],
    '1024 bits': [8],
    'exponent e': [9],
    'is not supported': [19, 20],
    'not on the curve': [22],
    'does not fit its type': [23, 24],
  };
  const outcomes: (JoseCase & { refusal: string | null })[] = [];

  beforeAll(async () => {
    for (const group of casesOf(readJoseGroups(files.keys))) {
      const tenant = await verifier.tenantTrusting(named(group.keys));
      outcomes.push({ ...group, refusal: typeof tenant === 'string' ? tenant : null });
    }
  });

  it('each invalid one is refused for the right reason, all 21', () => {
    const found = outcomes
      .filter(({ result }) => result === 'invalid')
      .map(({ tcId, refusal }) => {
        const [reason] = Object.entries(refusals).find(([, ids]) => ids.includes(tcId)) ?? ['?'];
        return refusal?.includes(reason) ? [] : [{ tcId, reason, refusal }];
      });
    expect(found).toHaveLength(21);
    expect(found.flat()).toEqual([]);
  });

  it('the valid public one is accepted, and those of shared secrets are refused: 1 and 4 of 5', () => {
    const valid = outcomes.filter(({ result }) => result === 'valid');
    expect(valid.filter(({ refusal }) => refusal === null).map(({ tcId }) => tcId)).toEqual([5]);
    expect(valid.filter(({ refusal }) => refusal?.includes(SYMMETRIC)).map(({ tcId }) => tcId)).toEqual([
      2, 13, 14, 15,
    ]);
    expect(outcomes).toHaveLength(26);
  });
});

describe.skipIf(files.encrypted.isMissing)(`encrypted tokens: ${files.encrypted.name}`, () => {
  it('none is taken for a signed one, all 139', async () => {
    const tenant = await verifier.tenantFor([]);
    const tokens = casesOf(readJoseGroups(files.encrypted)).map(({ token }) => token);
    const verdicts = await Promise.all(tokens.map((token) => verifier.judge(tenant, token)));
    expect(verdicts).toHaveLength(139);
    expect(verdicts.filter(({ failed }) => !failed.includes('format'))).toEqual([]);
    const tries = await Promise.allSettled(
      tokens.map((token) => verifier.app.get(PartnerTokens).verify(tenant, token)),
    );
    expect(tries.filter((one) => one.status !== 'rejected' || one.reason.reason !== 'malformed')).toEqual([]);
  });
});

describe.skipIf(files.mixed.isMissing)(`signed and encrypted tokens: ${files.mixed.name}`, () => {
  it('only those that are valid and signed by a private key are accepted: 2 of 83', async () => {
    const accepted: number[] = [];
    const valid: number[] = [];
    const cases = casesOf(readJoseGroups(files.mixed));
    for (const { keys, tcId, result, token } of cases) {
      const tenant = await verifier.tenantFor(named(keys));
      if ((await verifier.judge(tenant, token)).isAccepted) accepted.push(tcId);
      if (result === 'valid') valid.push(tcId);
    }
    expect(cases).toHaveLength(83);
    // The others are valid by shared secrets (1, 48) or are encrypted (50, 67).
    expect(valid).toEqual([1, 18, 33, 48, 50, 67]);
    expect(accepted).toEqual([18, 33]);
  });
});
