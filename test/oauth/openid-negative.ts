import { authorizationTests } from './openid-negative-authorization.js';
import { jwtTests } from './openid-negative-jwts.js';
import { tokenTests } from './openid-negative-tokens.js';
import type { NegativeTest } from './openid-refusal.js';

/**
 * The negative tests of the OpenID Foundation's conformance suite that apply here. Its tests of client assertions and of ID tokens are among
 * them: a partner's JWT is presented to us as those are to a server and to a client.
 */
export const negativeTests: readonly NegativeTest[] = [...authorizationTests, ...tokenTests, ...jwtTests];

/** Words for what is wrong with what is sent, or for its being refused. */
const WRONG = new Set(
  [
    'fails rejected rejects error negative attempt invalid incorrect bad wrong mismatch mismatched',
    'missing without absent remove no not non none null expired reuse codereuse unregistered unsigned unsupported',
    'modified different other alternate long secondary added regfrag',
    // What such a test ensures, it ensures by leaving it out or by sending another.
    'required registered bound matching in',
  ].flatMap((words) => words.split(' ')),
);
const TAKEN = /succeeds|success|accepted|happy/;

/** Negative in what they do, though none of the words stands in their names. */
const negativeInSilence = [
  // The token is used by another client as well.
  'fapi2-security-profile-final-refresh-token',
  'oidcc-refresh-token',
  // A logout token must have no nonce.
  'oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce',
];

/**
 * A test is negative when one of the words stands in its name, unless the name says that the request succeeds. That is wider than the truth,
 * so what is not negative after all has to be accounted for too.
 */
export function isNegative(name: string): boolean {
  const isWrong = name.split('-').some((word) => WRONG.has(word)) && !TAKEN.test(name);
  return isWrong || negativeInSilence.includes(name);
}
