import { describe, expect, it } from 'vitest';
import { UnknownKeyError, WrongKeyError } from '#libs/crypto';
import { problemAnswer } from './problem-bodies.js';
import { problemsOf } from './problems-of.js';
import type { Surface } from './surface.js';

describe.each([new UnknownKeyError('k7'), new WrongKeyError('k7')])('%s', (error) => {
  it.each<Surface>(['oauth', 'embed', 'embed-v1', 'admin'])(
    'is not available right now on the %s surface, whose caller learns of no key',
    (surface) => {
      const { status, body } = problemAnswer(surface, problemsOf(error));
      expect(status).toBe(503);
      expect(body).toMatch(/unavailable|put back/);
      expect(body).not.toContain('k7');
    },
  );

  it('names its key to the log', () => {
    expect(problemsOf(error)[0]).toMatchObject({ privateDetail: expect.stringContaining('"k7"'), cause: error });
  });
});

it('an OAuth client is told to come back', () => {
  const { body } = problemAnswer('oauth', problemsOf(new UnknownKeyError('k7')));
  expect(JSON.parse(body)).toMatchObject({ error: 'temporarily_unavailable' });
});

it.each<Surface>(['oauth', 'embed', 'embed-v1', 'admin'])(
  'a statement that others were in the way of for too long is to be tried again, on the %s surface too',
  (surface) => {
    const driverError = Object.assign(new Error('deadlock detected'), { code: '40P01' });
    const { status, body } = problemAnswer(surface, problemsOf(Object.assign(new Error('wrapped'), { driverError })));
    expect(status).toBe(503);
    expect(body).not.toContain('deadlock');
  },
);
