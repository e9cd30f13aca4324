import { RefusedToken } from './refused-token.js';
import { hasUniqueMembers } from './unique-members.js';

const MAX_TOKEN_BYTES = 8 * 1024;
const MAX_DEPTH = 16;

export type JsonObject = Record<string, unknown>;

/** Header and payload of a compact JWS, not verified yet (C18 item 1). */
export function readParts(token: string): { header: JsonObject; payload: JsonObject } {
  if (token.length > MAX_TOKEN_BYTES) throw new RefusedToken('malformed', `longer than ${MAX_TOKEN_BYTES} bytes`);
  const parts = token.split('.');
  const [header, payload] = parts;
  if (parts.length !== 3 || header === undefined || payload === undefined || !parts.every(isCanonicalBase64url)) {
    throw new RefusedToken('malformed', 'not three canonical base64url parts');
  }
  return { header: readObject(header, 'header'), payload: readObject(payload, 'payload') };
}

/** Lenient decoders read several texts as the same bytes; only one of them is the canonical one. */
function isCanonicalBase64url(part: string): boolean {
  return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part;
}

function readObject(part: string, name: string): JsonObject {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url'));
    const value: unknown = JSON.parse(text);
    if (isObject(value) && depthOf(value) <= MAX_DEPTH && hasUniqueMembers(text)) return value;
  } catch {
    // Same answer as for JSON of another shape.
  }
  throw new RefusedToken(
    'malformed',
    `its ${name} is not a JSON object with unique members and at most ${MAX_DEPTH} levels`,
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function depthOf(value: unknown, level = 1): number {
  if (typeof value !== 'object' || value === null || level > MAX_DEPTH) return level;
  return Math.max(level, ...Object.values(value).map((member) => depthOf(member, level + 1)));
}
