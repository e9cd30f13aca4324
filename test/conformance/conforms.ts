import { expect } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import type { PublishedDocument } from './published-document.js';

/** The document requires no member of an error. */
export const completeError = (status: number) => ({
  status,
  code: expect.stringMatching(/^[a-z_]+$/),
  title: expect.any(String),
  detail: expect.any(String),
});

/** Valid by the declaration of that status, and JSON by its content type. */
export function conformsTo(published: PublishedDocument | { missing: string }) {
  return (operation: string, status: number, answer: Answer) => {
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
    if ('missing' in published) throw new Error(published.missing);
    expect(published.violations(operation, status, answer.json)).toEqual([]);
    if (status >= 400) expect(answer.json).toMatchObject({ errors: [completeError(status)] });
  };
}
