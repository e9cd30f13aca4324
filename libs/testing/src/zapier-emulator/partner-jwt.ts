import { decodeProtectedHeader, importJWK, type JWK, type JWTPayload, jwtVerify } from 'jose';
import { TokenError } from './problem.js';
import type { PartnerRegistration } from './settings.js';
import type { World } from './world.js';

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];
const MOST_BYTES = 8 * 1024;
const SKEW_SECONDS = 60;
const MOST_SECONDS = 300;

export interface Vouched {
  org: string;
  sub: string;
}

/**
 * The checks of protocol.md §4, in the order of C18.
 * @throws TokenError invalid_request, with a short reason
 */
export async function verifyPartnerJwt(world: World, partner: PartnerRegistration, token: string): Promise<Vouched> {
  const key = await keyOf(world, partner, token);
  const now = world.now();
  const currentDate = new Date(now);
  const { issuer, audience, claims: names } = partner;
  const rules = { issuer, audience, algorithms: ALGORITHMS, clockTolerance: SKEW_SECONDS, currentDate };
  const claims = await jwtVerify(token, key, rules).then(
    ({ payload }) => payload,
    () => refuse('The JWT is not valid.'),
  );
  requireAge(claims, now / 1000);
  refuseReplay(world, partner, claims);
  return { org: claimOf(claims, names.org), sub: claimOf(claims, names.user) };
}

async function keyOf(world: World, partner: PartnerRegistration, token: string) {
  if (token.length > MOST_BYTES || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) refuse('The JWT is malformed.');
  const { alg = '', kid, typ = 'JWT', crit } = headerOf(token);
  if (!ALGORITHMS.includes(alg)) refuse('The algorithm is not allowed.');
  if (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT' || crit !== undefined)
    refuse('The header is not allowed.');
  if (typeof kid !== 'string' || kid === '') return refuse('The JWT names no key.');
  const jwk = await world.jwks.find(partner, kid, world.now(), world.settings);
  if (!jwk || !serves(jwk, alg)) return refuse('The key is not known.');
  return importJWK(jwk, alg);
}

function headerOf(token: string) {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return refuse('The JWT is malformed.');
  }
}

/** A key says itself what it is for. */
function serves({ kty, crv, alg, use, key_ops: operations }: JWK, wanted: string): boolean {
  const curves: Record<string, string> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
  const fits = wanted.startsWith('RS') ? kty === 'RSA' : kty === 'EC' && crv === curves[wanted];
  return (
    fits && (alg ?? wanted) === wanted && (use ?? 'sig') === 'sig' && (operations ?? ['verify']).includes('verify')
  );
}

function requireAge({ iat, nbf, exp }: JWTPayload, now: number): void {
  if (![iat, nbf, exp].every((time) => typeof time === 'number')) refuse('A time is missing.');
  const [issued, ends] = [Number(iat), Number(exp)];
  if (ends - issued > MOST_SECONDS + SKEW_SECONDS) refuse('The JWT lives too long.');
  if (issued < now - MOST_SECONDS - SKEW_SECONDS || issued > now + SKEW_SECONDS) refuse('The JWT is not of now.');
}

/** C19: a `jti` is not required, and not taken twice. */
function refuseReplay(world: World, { clientId }: PartnerRegistration, { jti, exp = 0 }: JWTPayload): void {
  if (jti === undefined) return;
  const key = JSON.stringify([clientId, jti]);
  if ((world.seenJtis.get(key) ?? 0) * 1000 > world.now()) refuse('The JWT was used before.');
  world.seenJtis.set(key, exp + SKEW_SECONDS);
}

/** Numbers are refused, not made into text: 1 and "1" would become one user. */
function claimOf(claims: JWTPayload, name: string): string {
  const value = claims[name];
  // oxlint-disable-next-line no-control-regex -- control characters are what it refuses (protocol.md C18.6)
  if (typeof value === 'string' && /^[^\u0000-\u001f\u007f]{1,255}$/.test(value)) return value;
  return refuse(`The claim ${name} is missing or not text.`);
}

function refuse(reason: string): never {
  throw new TokenError('invalid_request', reason);
}
