import type { FastifyRequest } from 'fastify';
import { problem } from '#libs/errors';

/** Another origin's page can only send it after asking us (CORS), and nobody gets that answer. */
const HEADER = 'x-gatehouse-console';

/**
 * A cookie speaks for whatever page the browser shows, so what comes with it must be of the console itself: by the browser's own word where
 * it gives one, and to change something by the header as well.
 * @throws Problem permission_denied
 */
export function requireOwnPage(
  { method, headers }: Pick<FastifyRequest, 'method' | 'headers'>,
  publicUrl: string,
): void {
  const { origin, 'sec-fetch-site': site } = headers;
  const isOther =
    (site !== undefined && site !== 'same-origin') || (origin !== undefined && origin !== new URL(publicUrl).origin);
  if (isOther) throw foreign(publicUrl);
  if (method === 'GET' || method === 'HEAD') return;
  if ((site === undefined && origin === undefined) || headers[HEADER] === undefined) throw foreign(publicUrl);
}

function foreign(publicUrl: string): Error {
  return problem(
    'permission_denied',
    `This session is for the console alone. Open it at ${new URL('/console', publicUrl).href}.`,
  );
}
