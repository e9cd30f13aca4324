import { createHmac } from 'node:crypto';
import { sha256 } from '#libs/crypto';

/** A request that came with an `Idempotency-Key`. */
export interface IdempotentRequest {
  userId: string;
  keyDigest: Buffer;
  fingerprint: Buffer;
}

interface RequestFacts {
  userId: string;
  method: string;
  /** Path and query. */
  url: string;
  body: unknown;
}

export function idempotentRequest(key: string, { userId, method, url, body }: RequestFacts): IdempotentRequest {
  const request = `${method}\n${url}\n${JSON.stringify(body ?? null)}`;
  return { userId, keyDigest: sha256(key), fingerprint: createHmac('sha256', key).update(request).digest() };
}
