import { digestsEqual, sha256 } from '#libs/crypto';

/** RFC 7636 §4.2: BASE64URL(SHA256(code_verifier)). `plain` is refused (protocol.md C2). */
export const CHALLENGE_METHOD = 'S256';

export function isCodeChallenge(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

/**
 * RFC 7636 §4.6. A verifier where there was no challenge is refused too (RFC 9700 §2.1.1): the challenge may have been cut out of the
 * request on its way.
 */
export function isVerified(challenge: string | null, verifier: string | undefined): boolean {
  if (challenge === null || verifier === undefined) return challenge === null && verifier === undefined;
  // RFC 7636 §4.1: 43 to 128 unreserved characters.
  if (!/^[\w.~-]{43,128}$/.test(verifier)) return false;
  return digestsEqual(sha256(verifier), Buffer.from(challenge, 'base64url'));
}
