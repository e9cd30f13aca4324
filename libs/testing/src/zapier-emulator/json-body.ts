import type { Exchange } from './exchange.js';
import { ApiError, badRequest } from './problem.js';

const MEDIA = ['application/json', 'application/vnd.api+json'];

/** The body of a request, which is a JSON object. @throws ApiError 415 for another media type, 400 for anything else */
export function jsonOf({ headers, body }: Exchange): Record<string, unknown> {
  const media = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!MEDIA.includes(media)) throw new ApiError(415, 'unsupported_media_type', `Unsupported media type "${media}".`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw badRequest('Malformed request.');
  }
  return objectIn(parsed, '');
}

/** What is in its envelope. */
export function dataOf(exchange: Exchange): Record<string, unknown> {
  return objectIn(jsonOf(exchange).data, '/data');
}

/** @throws ApiError 400 for what is not an object, with the pointer to it */
export function objectIn(value: unknown, pointer: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badRequest(`An object is expected at "${pointer}".`, { pointer });
}
