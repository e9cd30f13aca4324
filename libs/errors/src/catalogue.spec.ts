import { describe, expect, it } from 'vitest';
import { cataloguePage } from './catalogue-page.js';
import { Problem, Problems, problem } from './index.js';

describe('catalogue of errors', () => {
  it('is what docs/errors.md says', async () => {
    await expect(cataloguePage()).toMatchFileSnapshot('../../../docs/errors.md');
  });
});

describe('problem', () => {
  it('takes status and title from its code, and keeps the private detail out of its text', () => {
    const error = problem('not_found', 'There is no such run.', { privateDetail: 'row 7', cause: new Error('sql') });
    expect(error).toBeInstanceOf(Problem);
    expect([error.status, error.title, error.message]).toEqual([404, 'Not found', 'There is no such run.']);
  });

  it('several make one error that names each', () => {
    const both = new Problems([problem('invalid', 'A is missing.'), problem('invalid', 'B is missing.')]);
    expect(both.message).toBe('A is missing. B is missing.');
  });
});
