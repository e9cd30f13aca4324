import type { FastifyRequest, RouteOptions } from 'fastify';
import { problem } from '#libs/errors';
import type { AdminGuard } from './admin.guard.js';

/** Room for an OpenAPI document of 16 MiB, which the catalog then measures itself. */
const LIMIT_BYTES = 17 * 1024 * 1024;

type Parse = (request: FastifyRequest, body: string, done: (error: Error | null, body?: unknown) => void) => unknown;

/** Of `/admin/apps` alone: a body this large is read only of someone who may send it. */
export function admitDocuments(route: RouteOptions, guard: AdminGuard): void {
  if (route.method !== 'POST' || !/^\/admin\/apps\/?$/.test(route.url)) return;
  route.bodyLimit = LIMIT_BYTES;
  route.onRequest = (request: FastifyRequest) => guard.admit(request);
}

function isDocument({ routeOptions }: FastifyRequest): boolean {
  return /^\/admin\/apps\/?$/.test(routeOptions.url ?? '');
}

function isCallback({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url?.startsWith('/upstream-callbacks/') ?? false;
}

/** A document stays text: it is parsed where that holds nobody up. So does a callback: its signature is of its very bytes. Any other body is left to the parser given. */
export function parserOf(parse: Parse) {
  return (request: FastifyRequest, body: Buffer, done: (error: Error | null, body?: unknown) => void): void => {
    const text = decoded(body);
    if (text === null) done(problem('parse_error', 'The body is not UTF-8.'));
    else if (isDocument(request) || isCallback(request)) done(null, text);
    else void parse(request, text, done);
  };
}

function decoded(body: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
}
