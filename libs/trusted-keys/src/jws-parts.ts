import { RefusedToken } from './refused-token.js';
import { JsonFault, readJson } from './strict-json.js';

export const MAX_TOKEN_BYTES = 8 * 1024;
const MAX_DEPTH = 16;

export type JsonObject = Record<string, unknown>;

/** The bytes of a compact JWS (RFC 7515 §7.1). */
export interface JwsParts {
  header: Buffer;
  payload: Buffer;
  signature: Buffer;
  /** What is signed: the first two parts as they were sent. */
  signingInput: string;
}

/** Header and payload of a compact JWS, not verified yet (protocol.md C18 item 1). @throws RefusedToken */
export function readParts(token: string): { header: JsonObject; payload: JsonObject } {
  if (token.length > MAX_TOKEN_BYTES) throw new RefusedToken('malformed', `it is longer than ${MAX_TOKEN_BYTES} bytes`);
  const parts = splitToken(token);
  if (typeof parts === 'string') throw new RefusedToken('malformed', parts);
  return { header: objectIn(parts.header, 'header'), payload: objectIn(parts.payload, 'payload') };
}

/** The three parts, or why there are none. */
export function splitToken(token: string): JwsParts | string {
  // Not split(): that would list every dot of a text that is nothing but dots.
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first === -1 || second === -1) return 'it has fewer than three parts with dots between them';
  if (token.includes('.', second + 1))
    return 'it has more than three parts: send a signed token (JWS), not an encrypted one (JWE)';
  const header = canonicalBytes(token.slice(0, first));
  const payload = canonicalBytes(token.slice(first + 1, second));
  const signature = canonicalBytes(token.slice(second + 1));
  if (!header || !payload || !signature)
    return `its ${!header ? 'header' : !payload ? 'payload' : 'signature'} is not canonical base64url without padding`;
  return { header, payload, signature, signingInput: token.slice(0, second) };
}

/** A JSON object, or why it is none. */
export function readObject(bytes: Buffer): JsonObject | string {
  try {
    const value = readJson(bytes, MAX_DEPTH);
    return isObject(value) ? value : 'it is not a JSON object';
  } catch (error) {
    if (error instanceof JsonFault) return error.message;
    throw error;
  }
}

function objectIn(bytes: Buffer, name: string): JsonObject {
  const object = readObject(bytes);
  if (typeof object === 'string') throw new RefusedToken('malformed', `${name}: ${object}`);
  return object;
}

/** Lenient decoders read several texts as the same bytes; only one of them is the canonical one. */
function canonicalBytes(part: string): Buffer | null {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === part ? bytes : null;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
