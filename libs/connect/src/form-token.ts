import { digestsEqual, sha256 } from '#libs/crypto';

/** What Connect's forms carry: only a page that we gave to this browser can know it, since no script reads the cookie. */
export function formToken(cookie: string): string {
  return sha256(`connect form of ${cookie}`).toString('base64url');
}

export function isFormToken(cookie: string, token: unknown): boolean {
  return typeof token === 'string' && digestsEqual(sha256(token), sha256(formToken(cookie)));
}
