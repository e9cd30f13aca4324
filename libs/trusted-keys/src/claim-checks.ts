import type { JsonObject } from './jws-parts.js';
import { excerpt } from './excerpt.js';
import { check, failed, passed, type Finding, type TokenCheck, type TokenUnderCheck } from './token-check.js';

export const SKEW_SECONDS = 60;
const MAX_CLAIM_LENGTH = 255;
/** Control characters disturb logs; half a surrogate pair is no character at all, and PostgreSQL stores neither it nor U+0000. */
const UNFIT = /[\p{Cc}\p{Cs}]/u;

/** What the payload says (protocol.md C18 items 5 and 6, C19). */
export const claimChecks: readonly TokenCheck[] = [
  check('iss', 'claims', ['payload'], ({ payload, tenant }) =>
    payload.iss === tenant.issuer
      ? passed(() => 'iss is the registered issuer.')
      : failed(
          `iss is ${excerpt(payload.iss)}; the registered issuer is ${excerpt(tenant.issuer)}, letter for letter.`,
        ),
  ),
  check('aud', 'claims', ['payload'], ({ payload: { aud }, tenant }) => {
    const alone: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
    return alone === tenant.audience
      ? passed(() => 'aud is the registered audience alone.')
      : failed(`aud is ${excerpt(aud)}; it must be the registered audience ${excerpt(tenant.audience)}, alone.`);
  }),
  check('exp', 'time', ['payload'], (t) => {
    const exp = numericDate(t.payload.exp);
    if (exp === null) return failed(notADate('exp', t.payload.exp));
    t.exp = exp;
    const left = Math.floor(exp - seconds(t.now));
    // RFC 7519 §4.1.4 allows "some small leeway, usually no more than a few minutes".
    if (exp + SKEW_SECONDS <= seconds(t.now))
      return failed(
        `It expired ${-left} s ago, at ${iso(exp)}; our clock says ${t.now.toISOString()}. Sign a new one for each exchange.`,
      );
    return passed(() =>
      left > 0 ? `It expires in ${left} s.` : `It expired ${-left} s ago, within the leeway of ${SKEW_SECONDS} s.`,
    );
  }),
  check('nbf', 'time', ['payload'], ({ payload, now }) => {
    if (payload.nbf === undefined) return passed(() => 'There is no nbf, and none is needed.');
    return notAhead('nbf', payload.nbf, now);
  }),
  check('iat', 'time', ['payload'], (t) => {
    const iat = numericDate(t.payload.iat);
    if (iat === null) return failed(notADate('iat', t.payload.iat));
    t.iat = iat;
    const age = Math.floor(seconds(t.now) - iat);
    if (seconds(t.now) - iat > t.tenant.maxTokenAgeSeconds + SKEW_SECONDS)
      return failed(
        `It was issued ${age} s ago; ${t.tenant.maxTokenAgeSeconds} s are allowed. Sign a new one for each exchange.`,
      );
    return notAhead('iat', iat, t.now);
  }),
  check('lifetime', 'time', ['exp', 'iat'], ({ exp, iat, tenant: { maxTokenAgeSeconds } }) =>
    exp - iat > maxTokenAgeSeconds + SKEW_SECONDS
      ? failed(
          `exp is ${exp - iat} s after iat; ${maxTokenAgeSeconds} s are allowed. Sign it for less, or raise max_token_age_seconds.`,
        )
      : passed(() => `exp is ${exp - iat} s after iat; ${maxTokenAgeSeconds} s are allowed.`),
  ),
  check('user', 'claims', ['payload'], (t) => identityClaim(t, 'user', t.payload, t.tenant.userClaim)),
  check('org', 'claims', ['payload'], (t) => identityClaim(t, 'org', t.payload, t.tenant.orgClaim)),
  check('nonce', 'claims', ['payload', 'expectedNonce'], ({ payload, expectedNonce }) => {
    // An exchange expects none, and comes here all the same.
    if (expectedNonce === undefined) return passed(() => 'No nonce is expected.');
    if (payload.nonce === expectedNonce) return passed(() => 'nonce is the login_challenge.');
    // Never quoted: it may be the challenge of another request.
    const found = payload.nonce === undefined ? 'nonce is missing' : 'nonce is another';
    return failed(`${found}: it must be the login_challenge that the login page was opened with.`);
  }),
  check('jti', 'replay', ['payload'], async (t) => {
    const { jti } = t.payload;
    if (jti === undefined && t.tenant.jtiPolicy === 'optional')
      return passed(() => 'There is no jti, and none is required.');
    if (typeof jti !== 'string' || jti === '') {
      const found = jti === undefined ? 'jti is missing' : `jti is ${excerpt(jti)}`;
      return failed(`${found}: give each token a string of its own.`);
    }
    const fault = await t.takeJti(jti, t.exp ?? 0);
    return fault === null ? passed(() => 'jti was not used before.') : failed(fault);
  }),
];

function notAhead(name: string, value: unknown, now: Date): Finding {
  const date = numericDate(value);
  if (date === null) return failed(notADate(name, value));
  const ahead = Math.ceil(date - seconds(now));
  if (date - SKEW_SECONDS > seconds(now))
    return failed(
      `${name} is ${ahead} s ahead of our clock, which says ${now.toISOString()}. Set the clock of the signing machine.`,
    );
  return passed(() =>
    ahead > 0 ? `${name} is ${ahead} s ahead, within the leeway of ${SKEW_SECONDS} s.` : `${name} was ${-ahead} s ago.`,
  );
}

/** Numbers are refused rather than coerced, or 1 and "1" would be one user. */
function identityClaim(t: TokenUnderCheck, fact: 'user' | 'org', payload: JsonObject, name: string): Finding {
  const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
  const fault = identityFault(value);
  if (typeof value !== 'string' || fault !== null)
    return failed(
      `The claim ${excerpt(name)}, which names the ${fact}, ${fault}. It must be a string of 1 to ${MAX_CLAIM_LENGTH} printable characters.`,
    );
  t[fact] = value;
  return passed(() => `The claim ${excerpt(name)} names the ${fact} ${excerpt(value)}.`);
}

function identityFault(value: unknown): string | null {
  if (value === undefined) return 'is missing';
  if (typeof value !== 'string' || value === '') return `is ${excerpt(value)}`;
  if (value.length > MAX_CLAIM_LENGTH) return `has ${value.length} characters`;
  return UNFIT.test(value) ? `holds a character that is not printable: ${excerpt(value)}` : null;
}

function numericDate(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

function notADate(name: string, value: unknown): string {
  const found = value === undefined ? 'is missing' : `is ${excerpt(value)}`;
  return `${name} ${found}: it must be a number, the seconds since 1970 (RFC 7519 §2).`;
}

function seconds(date: Date): number {
  return date.getTime() / 1000;
}

/** A number may be beyond every date. */
function iso(secondsSince1970: number): string {
  const date = new Date(secondsSince1970 * 1000);
  return Number.isNaN(date.getTime()) ? String(secondsSince1970) : date.toISOString();
}
