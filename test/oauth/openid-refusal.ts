import { expect } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { CALLBACK, locationOf } from './authorization-scene.js';
import type { OpenidScene } from './openid-scene.js';

export type Refusal =
  | { in: 'body'; status: number; error: string }
  /** To CALLBACK. */
  | { in: 'redirect'; error: string }
  /** For the person at the browser, who is sent nowhere. */
  | { in: 'page' }
  | { in: 'admin answer'; code: string };

/** One request, and the tests of the conformance suite that it shows. */
export interface NegativeTest {
  sends: string;
  names: string[];
  refusal: Refusal;
  send: (scene: OpenidScene) => Promise<Answer>;
}

/** By its error, in its format, and kept by no cache. */
export function expectRefused(answer: Answer, refusal: Refusal): void {
  expect(answer.headers.get('cache-control')).toBe('no-store');
  switch (refusal.in) {
    case 'body':
      expectRefusal(answer, 'oauth', refusal.status, { error: refusal.error });
      expect(answer.headers.get('pragma')).toBe('no-cache');
      break;
    case 'redirect':
      expectErrorRedirect(locationOf(answer), refusal.error);
      break;
    case 'page':
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.text).toContain('role="alert"');
      break;
    case 'admin answer':
      expectRefusal(answer, 'admin', 400, { code: refusal.code });
      break;
  }
}

/** RFC 6749 §4.1.2.1, and nothing of a success beside it. */
function expectErrorRedirect(at: URL, error: string): void {
  expect(at.href.startsWith(`${CALLBACK}&`)).toBe(true);
  expect(at.searchParams.get('error')).toBe(error);
  expect(at.searchParams.get('iss')).not.toBeNull();
  for (const name of ['code', 'access_token']) expect(at.searchParams.has(name)).toBe(false);
  expect(at.hash).toBe('');
}
