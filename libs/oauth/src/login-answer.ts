import { readToken } from '#libs/crypto';

/**
 * Whether a JWT was signed as the answer to a `login_challenge` of ours: whoever saw it on its way through the browser shall get nothing else
 * for it. Before any check: it decides on nothing but a refusal.
 */
export function isLoginAnswer(jwt: string): boolean {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const { nonce } = Object(claims) as { nonce?: unknown };
    return typeof nonce === 'string' && readToken('login', nonce) !== null;
  } catch {
    return false;
  }
}
