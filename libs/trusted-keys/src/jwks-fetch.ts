import { Injectable } from '@nestjs/common';
import type { JWK } from 'jose';
import { Egress, EgressError } from '#libs/egress';
import { RefusedKeySet, admitKeys } from './key-admission.js';

const TIMEOUT_SECONDS = 5;
const MAX_BYTES = 256 * 1024;
const FRESH_SECONDS = { least: 60, usual: 300, most: 86_400 };

export type FetchedKeys = { keys: JWK[]; freshSeconds: number } | { error: string };

/** Fetches a tenant's JWK Set (protocol.md C20). */
@Injectable()
export class JwksFetch {
  constructor(private readonly egress: Egress) {}

  /** Never throws: a failure comes back as one sentence for the tenant. */
  async fetch(jwksUri: string): Promise<FetchedKeys> {
    try {
      const { status, headers, body } = await this.egress.request({
        method: 'GET',
        url: jwksUri,
        headers: { accept: 'application/jwk-set+json, application/json' },
        timeoutSeconds: TIMEOUT_SECONDS,
        maxBytes: MAX_BYTES,
      });
      if (status !== 200) return { error: `${jwksUri} answered ${status}, not 200. Redirects are not followed.` };
      return {
        keys: admitKeys(JSON.parse(body.toString('utf8'))),
        freshSeconds: freshSeconds(headers['cache-control']),
      };
    } catch (error) {
      return { error: `${jwksUri}: ${explain(error)}` };
    }
  }
}

function explain(error: unknown): string {
  if (error instanceof EgressError || error instanceof RefusedKeySet) return error.message;
  return 'The answer is not JSON.';
}

function freshSeconds(cacheControl: string | undefined): number {
  const maxAge = /(?:^|[\s,])max-age=(\d+)/.exec(cacheControl ?? '')?.[1];
  if (maxAge === undefined) return FRESH_SECONDS.usual;
  return Math.min(FRESH_SECONDS.most, Math.max(FRESH_SECONDS.least, Number(maxAge)));
}
