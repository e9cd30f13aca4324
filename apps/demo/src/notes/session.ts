import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyRequest } from 'fastify';
import { findPerson, type Person } from './people.js';

const name = 'acme_notes_person';

export function personOf(request: FastifyRequest<object>): Person {
  return findPerson(parseCookie(request.headers.cookie ?? '')[name]);
}

export function sessionCookie(personId: string): string {
  const { id } = findPerson(personId);
  return stringifySetCookie({ name, value: id, path: '/', httpOnly: true, sameSite: 'lax', maxAge: 30 * 24 * 3600 });
}
