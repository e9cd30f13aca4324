import { digestsEqual, sha256 } from '#libs/crypto';

/** What the consent page's form carries: only a page that we gave to this browser can know it, since no script reads the cookie. */
export function formToken(cookie: string): string {
  return digestOf(cookie).toString('base64url');
}

export function isFormToken(cookie: string, token: string): boolean {
  return digestsEqual(sha256(token), sha256(formToken(cookie)));
}

function digestOf(cookie: string): Buffer {
  return sha256(`consent form of ${cookie}`);
}
