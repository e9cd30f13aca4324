import { expect } from 'vitest';
import type { Answer } from './answer.js';

export type Surface = 'oauth' | 'v2' | 'v1' | 'admin';

/** A refusal in the format of its surface, with nothing of our inside in it. */
export function expectRefusal(answer: Answer, surface: Surface, status: number, expected: object = {}): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.text).not.toMatch(/\bat .*\.js:|node_modules|stack/);
  const type = surface === 'admin' ? 'application/problem+json' : 'application/json';
  expect(answer.headers.get('content-type')).toMatch(new RegExp(`^${type.replace('+', '\\+')}\\b`));
  formats[surface](answer, status, expected);
}

const formats: Record<Surface, (answer: Answer, status: number, expected: object) => void> = {
  /** RFC 6749 §5.2. */
  oauth: (answer, _status, expected) => {
    expect(answer.json).toEqual({
      error: expect.stringMatching(/^[a-z_]+$/),
      // "Values for the "error_description" parameter MUST NOT include characters outside the set %x20-21 / %x23-5B / %x5D-7E."
      error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/),
    });
    expect(answer.json).toMatchObject(expected);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  },
  /** protocol.md §6.1 */
  v2: (answer, status, expected) => {
    const { errors } = answer.json as { errors: object[] };
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      expect(Object.keys(error).sort()).toEqual(['code', 'detail', 'meta', 'source', 'status', 'title']);
      expect(error).toMatchObject({ status, code: expect.stringMatching(/^[a-z_]+$/), detail: expect.any(String) });
    }
    expect(errors[0]).toMatchObject(expected);
  },
  v1: (answer) => {
    expect(answer.json).toEqual({ errors: [expect.any(String)] });
  },
  /** RFC 9457 */
  admin: (answer, status, expected) => {
    expect(answer.json).toMatchObject({
      type: expect.any(String),
      title: expect.any(String),
      status,
      code: expect.stringMatching(/^[a-z_]+$/),
      detail: expect.any(String),
      ...expected,
    });
  },
};
