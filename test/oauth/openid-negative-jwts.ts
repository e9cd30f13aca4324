import { expect } from 'vitest';
import { signingInput, type Kid, type TokenSmith } from '../keys/token-smith.js';
import type { NegativeTest } from './openid-refusal.js';

type Changes = Record<string, unknown>;

/** @param check by which it must be refused, and by no other */
function jwt(sends: string, check: string, names: string[], make: (smith: TokenSmith) => string): NegativeTest {
  return {
    sends: `a JWT ${sends}`,
    names,
    refusal: { in: 'body', status: 400, error: 'invalid_request' },
    send: async ({ smith }) => {
      const token = make(smith);
      const { checks } = await smith.explain(token);
      expect(checks.filter(({ ok }) => !ok)).toEqual([expect.objectContaining({ check })]);
      return smith.exchange(token);
    },
  };
}

const withClaims = (changes: (smith: TokenSmith, now: number) => Changes) => (smith: TokenSmith) =>
  smith.signed(undefined, smith.payload(changes(smith, Math.floor(Date.now() / 1000))));
const withHeader = (changes: Changes, kid?: Kid) => (smith: TokenSmith) =>
  smith.signed(smith.header(changes), undefined, kid);

/** With the signature of another token. */
const spoiled = (header: Changes, kid: Kid) => (smith: TokenSmith) => {
  const [, , signature] = smith.signed(smith.header(header), undefined, kid).split('.');
  return `${signingInput(smith.header(header), smith.payload())}.${signature}`;
};

/** Of the subject_token of a token exchange. The endpoint is the token endpoint, whose URL is no audience. */
export const jwtTests: NegativeTest[] = [
  jwt(
    'that expired five minutes ago',
    'exp',
    [
      'fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails',
      'fapi2-security-profile-final-client-test-invalid-expired-exp',
    ],
    withClaims((_smith, now) => ({ iat: now - 350, nbf: now - 350, exp: now - 300 })),
  ),
  jwt(
    'without an exp',
    'exp',
    ['fapi2-security-profile-final-client-test-invalid-missing-exp'],
    withClaims(() => ({ exp: undefined })),
  ),
  jwt(
    'without an iat',
    'iat',
    ['oidcc-client-test-missing-iat'],
    withClaims(() => ({ iat: undefined })),
  ),
  jwt(
    'that is not good before two minutes from now',
    'nbf',
    ['fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails'],
    withClaims((_smith, now) => ({ nbf: now + 120 })),
  ),
  jwt(
    'without a sub',
    'user',
    ['fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails', 'oidcc-client-test-missing-sub'],
    withClaims(() => ({ sub: undefined })),
  ),
  jwt(
    'of another iss',
    'iss',
    ['fapi2-security-profile-final-client-test-invalid-iss', 'oidcc-client-test-invalid-iss'],
    withClaims(({ issuer }) => ({ iss: `${issuer}/` })),
  ),
  jwt(
    'without an iss',
    'iss',
    ['fapi2-security-profile-final-client-test-invalid-missing-iss'],
    withClaims(() => ({ iss: undefined })),
  ),
  jwt(
    'for another aud',
    'aud',
    [
      'fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails',
      'fapi2-security-profile-final-client-test-invalid-aud',
      'oidcc-client-test-invalid-aud',
    ],
    withClaims(() => ({ aud: 'rival.test' })),
  ),
  jwt(
    'without an aud',
    'aud',
    ['fapi2-security-profile-final-client-test-invalid-missing-aud', 'oidcc-client-test-missing-aud'],
    withClaims(() => ({ aud: undefined })),
  ),
  jwt(
    'for our audience and another',
    'aud',
    [
      'fapi2-security-profile-final-client-test-invalid-secondary-aud',
      'fapi2-security-profile-final-par-test-array-as-audience-fails',
    ],
    withClaims(({ audience }) => ({ aud: [audience, 'rival.test'] })),
  ),
  jwt(
    'for the URL of the endpoint as its aud',
    'aud',
    [
      'fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails',
      'fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails',
    ],
    withClaims(({ audience }) => ({ aud: `https://${audience}/oauth/token` })),
  ),
  jwt(
    'by alg none, without a signature',
    'format',
    ['fapi2-security-profile-final-client-test-invalid-null-alg', 'oidcc-client-test-idtoken-sig-none'],
    (smith) => `${signingInput(smith.header({ alg: 'none' }), smith.payload())}.`,
  ),
  jwt(
    'by another alg than its key is for',
    'key_alg',
    ['fapi2-security-profile-final-client-test-invalid-alternate-alg'],
    (smith) => {
      const input = signingInput(smith.header({ alg: 'PS256', kid: 'rsa' }), smith.payload());
      return `${input}.${smith.pssSignature(input).toString('base64url')}`;
    },
  ),
  jwt(
    'by RS256 with a wrong signature',
    'signature',
    ['oidcc-client-test-invalid-sig-rs256'],
    spoiled({ alg: 'RS256', kid: 'rsa' }, 'rsa'),
  ),
  jwt(
    'by ES256 with a wrong signature',
    'signature',
    ['oidcc-client-test-invalid-sig-es256'],
    spoiled({ alg: 'ES256', kid: 'ec' }, 'ec'),
  ),
  jwt('by HS256 with a secret of its own', 'alg', ['oidcc-client-test-invalid-sig-hs256'], (smith) =>
    smith.macced('HS256', 'ec', 'a secret of its own'),
  ),
  jwt(
    // The suite lets a client try each key. We read a kid, and never guess (protocol.md C18).
    'without a kid',
    'kid',
    ['oidcc-client-test-kid-absent-multiple-jwks', 'oidcc-client-test-kid-absent-single-jwks'],
    withHeader({ kid: undefined }),
  ),
];
