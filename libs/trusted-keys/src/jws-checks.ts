import { excerpt } from './excerpt.js';
import { MAX_TOKEN_BYTES, readObject, splitToken } from './jws-parts.js';
import { signatureAlgorithms, signatureBytes, verifySignature } from './jws-signature.js';
import { KID } from './key-admission.js';
import { check, failed, passed, type TokenCheck } from './token-check.js';

/** Each would let the token choose its own key or change what is signed (RFC 8725 §3.10). */
const FORBIDDEN_HEADERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64', 'zip'];

/** The envelope: a compact JWS by a key of the tenant's (protocol.md C18 items 1 to 4). */
export const jwsChecks: readonly TokenCheck[] = [
  check('size', 'malformed', [], (t) => {
    const { length } = t.token;
    if (length > MAX_TOKEN_BYTES)
      return failed(
        `It has ${length} characters; at most ${MAX_TOKEN_BYTES} are read. Leave out claims that nobody needs.`,
      );
    t.text = t.token;
    return passed(() => `It has ${length} characters of at most ${MAX_TOKEN_BYTES}.`);
  }),
  check('format', 'malformed', ['text'], (t) => {
    const parts = splitToken(t.text);
    if (typeof parts === 'string') {
      const hint = /\s/.test(t.text) ? 'there is white space in it' : 'send it exactly as it was signed';
      return failed(`It is not a compact JWS: ${parts} (${hint}).`);
    }
    t.parts = parts;
    return passed(() => 'It has three parts of canonical base64url.');
  }),
  check('header', 'malformed', ['parts'], (t) => {
    const header = readObject(t.parts.header);
    if (typeof header === 'string') return failed(`The header can't be read: ${header}.`);
    t.header = header;
    return passed(() => 'It is a JSON object in which no member is named twice.');
  }),
  check('payload', 'malformed', ['parts'], (t) => {
    const payload = readObject(t.parts.payload);
    if (typeof payload === 'string') return failed(`The payload can't be read: ${payload}.`);
    t.payload = payload;
    return passed(() => 'It is a JSON object in which no member is named twice.');
  }),
  check('forbidden_headers', 'header', ['header'], ({ header }) => {
    const found = FORBIDDEN_HEADERS.filter((name) => Object.hasOwn(header, name));
    return found.length > 0
      ? failed(`The header carries ${found.join(', ')}: keys come from the registered JWKS only. Sign without it.`)
      : passed(() => `The header carries none of ${FORBIDDEN_HEADERS.join(', ')}.`);
  }),
  check('typ', 'header', ['header'], ({ header: { typ } }) =>
    typ === undefined || (typeof typ === 'string' && /^jwt$/i.test(typ))
      ? passed(() => (typ === undefined ? 'There is no typ, and none is needed.' : 'typ is JWT.'))
      : failed(`typ is ${excerpt(typ)}: it must be JWT or absent, so that no other kind of token passes for one.`),
  ),
  check('alg', 'header', ['header'], (t) => {
    const { alg } = t.header;
    if (typeof alg !== 'string' || !signatureAlgorithms.includes(alg)) {
      const found = alg === undefined ? 'alg is missing' : `alg is ${excerpt(alg)}`;
      return failed(`${found}. Sign with a private key and one of ${signatureAlgorithms.join(', ')}.`);
    }
    t.alg = alg;
    return passed(() => `alg is ${alg}.`);
  }),
  check('kid', 'header', ['header'], (t) => {
    const { kid } = t.header;
    if (typeof kid !== 'string' || !KID.test(kid)) {
      const found = kid === undefined ? 'kid is missing' : `kid is ${excerpt(kid)}`;
      return failed(`${found}: it must name a key of your JWKS, in 1 to 128 of A-Z, a-z, 0-9 and _.~:+/=@-.`);
    }
    t.kid = kid;
    return passed(() => `kid is ${excerpt(kid)}.`);
  }),
  check('key', 'key', ['kid'], async (t) => {
    const key = await t.keys.find(t.kid);
    if (!key) return failed(await t.keys.whyMissing(t.kid));
    t.key = key;
    return passed(() => `The registered keys hold it: ${[key.jwk.kty, key.jwk.crv].filter(Boolean).join(' ')}.`);
  }),
  check('key_alg', 'header', ['key', 'alg'], (t) => {
    const { alg, key } = t;
    const possible = key.algorithms.join(', ');
    if (!key.algorithms.includes(alg)) return failed(`alg is ${alg}, but the key of this kid is for ${possible}.`);
    t.fittingKey = key;
    return passed(() => `The key of this kid is for ${possible}.`);
  }),
  check('signature', 'signature', ['fittingKey', 'alg', 'parts'], async (t) => {
    const { fittingKey: key, alg, parts } = t;
    const expected = signatureBytes(key, alg);
    const { length } = parts.signature;
    if (length !== expected) {
      const hint = key.jwk.kty === 'EC' ? ' Encode R and S side by side, not as DER (RFC 7518 §3.4).' : '';
      return failed(`The signature has ${length} bytes; one by this key with ${alg} has ${expected}.${hint}`);
    }
    if (!(await verifySignature(key, alg, parts.signingInput, parts.signature)))
      return failed(
        'The signature does not verify. The token was changed after it was signed, or signed with another private key than that of this kid.',
      );
    t.verifiedKid = key.kid;
    return passed(() => `It verifies with the key of this kid and ${alg}.`);
  }),
];
