import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TokenVerifier, type Verdict } from './token-verifier.js';
import { type JoseCase, readJoseGroups, wycheproofFile } from './wycheproof.js';

const file = wycheproofFile('json_web_signature');

/** Their keys name another alg than they do: PS256 for a token by PS384, and an "ES521" that does not exist. */
const WITH_A_KEY_FOR_ANOTHER_ALG = [346, 347, 350, 351];
/** They sign nothing at all. That is a JWS, but no JWT: the payload of one is an object. */
const WITH_AN_EMPTY_PAYLOAD = [259, 264, 268, 272, 320, 325];
/** Marked invalid, though not a byte of them differs from a valid token: nobody can tell them apart. */
const SAME_AS_A_VALID_ONE = [367, 370];
/** Marked valid, though a "?" stands in their base64url. We read the canonical form only. */
const VALID_WITH_STRAY_CHARACTERS = [372, 373];

type Outcome = JoseCase & Verdict & { isSymmetric: boolean };

const isValid = ({ result }: Outcome) => result === 'valid';
const isAboutEncoding = ({ tcId }: Outcome) => tcId >= 357 && tcId <= 377;
const isRead = ({ failed }: Outcome) => !failed.includes('format');

describe.skipIf(file.isMissing)(`signed tokens: ${file.name}`, () => {
  let verifier: TokenVerifier;
  const outcomes: Outcome[] = [];

  beforeAll(async () => {
    verifier = await TokenVerifier.start();
    for (const { keys, isSymmetric, cases } of readJoseGroups(file)) {
      const tenant = await verifier.tenantFor(keys);
      for (const one of cases) outcomes.push({ ...one, isSymmetric, ...(await verifier.judge(tenant, one.token)) });
    }
  });
  afterAll(() => verifier?.close());

  const idsOf = (select: (outcome: Outcome) => boolean) => outcomes.filter(select).map(({ tcId }) => tcId);

  it('none that is invalid is accepted', () => {
    expect(idsOf((outcome) => !isValid(outcome))).toHaveLength(355);
    expect(idsOf((outcome) => !isValid(outcome) && outcome.isAccepted)).toEqual([]);
  });

  it('none with a shared secret is accepted, valid or not', () => {
    expect(idsOf(({ isSymmetric }) => isSymmetric)).toHaveLength(40);
    expect(idsOf(({ isSymmetric, isAccepted }) => isSymmetric && isAccepted)).toEqual([]);
  });

  it('each that is valid and signed by a private key is accepted, unless it is no JWT or its key is for another alg', () => {
    expect(idsOf((outcome) => isValid(outcome) && !outcome.isSymmetric && !outcome.isAccepted)).toEqual([
      ...WITH_AN_EMPTY_PAYLOAD,
      ...WITH_A_KEY_FOR_ANOTHER_ALG,
    ]);
    expect(
      outcomes.filter(({ tcId }) => WITH_AN_EMPTY_PAYLOAD.includes(tcId)).map(({ token }) => token.split('.')[1]),
    ).toEqual(Array.from(WITH_AN_EMPTY_PAYLOAD, () => ''));
    expect(idsOf((outcome) => isValid(outcome) && !outcome.isSymmetric && outcome.isAccepted)).toHaveLength(26);
  });

  it('the numbers add up to 401', () => {
    const numbers = [
      idsOf(({ isAccepted }) => isAccepted),
      idsOf((outcome) => !isValid(outcome) && !outcome.isAccepted),
      idsOf((outcome) => isValid(outcome) && outcome.isSymmetric),
      WITH_AN_EMPTY_PAYLOAD,
      WITH_A_KEY_FOR_ANOTHER_ALG,
    ].map(({ length }) => length);
    expect(numbers).toEqual([26, 355, 10, 6, 4]);
    expect(outcomes).toHaveLength(401);
  });

  it('base64url is read in its canonical form only', () => {
    expect(idsOf((outcome) => isAboutEncoding(outcome) && !isValid(outcome) && isRead(outcome))).toEqual(
      SAME_AS_A_VALID_ONE,
    );
    expect(idsOf((outcome) => isAboutEncoding(outcome) && isValid(outcome) && !isRead(outcome))).toEqual(
      VALID_WITH_STRAY_CHARACTERS,
    );
  });
});
