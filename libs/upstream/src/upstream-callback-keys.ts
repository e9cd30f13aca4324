import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { Egress, EgressError } from '#libs/egress';
import { parseJson } from '#libs/json';
import { Clock, secondsAfter } from '#libs/scheduling';
import type { Upstream } from './upstream.entity.js';

const FRESH_SECONDS = 300;
/** An unknown key, or a set that can't be had, has it fetched again so long after the last time. */
const REFETCH_SECONDS = 30;
const MAX_SETS = 1000;
const MAX_CHARACTERS = 8192;
/** Of a signature (protocol.md §8.4), and by how much two clocks may differ. */
const LIFE_SECONDS = 300;
const SKEW_SECONDS = 60;
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/** What a callback says of itself, to compare with what its signature says. */
export interface SignedCallback {
  signature: string;
  /** SHA-256 of its body, base64url. */
  bodyDigest: string;
  /** Of the run there, where it is known yet. */
  remoteRunId: string | null;
}

interface HeldSet {
  keys: JSONWebKeySet | null;
  fetchedAt: Date;
}

/** Keys that upstreams sign their callbacks with. */
@Injectable()
export class UpstreamCallbackKeys {
  readonly #sets = new Map<string, HeldSet>();
  readonly #fetches = new Map<string, Promise<HeldSet>>();

  constructor(
    private readonly egress: Egress,
    private readonly clock: Clock,
  ) {}

  /** @returns null when its keys can't be had right now */
  async verify(upstream: Upstream, callback: SignedCallback): Promise<boolean | null> {
    if (callback.signature.length > MAX_CHARACTERS) return false;
    const held = await this.#set(upstream.jwksUrl);
    const first = await this.#claims(held, callback.signature);
    const claims = first === 'unknown_key' ? await this.#secondTry(upstream, held, callback.signature) : first;
    if (claims === 'unknown_key') return this.#sets.get(upstream.jwksUrl)?.keys ? false : null;
    return claims !== null && this.#fits(claims, upstream, callback);
  }

  async #secondTry({ jwksUrl }: Upstream, { fetchedAt }: HeldSet, signature: string) {
    if (secondsAfter(fetchedAt, REFETCH_SECONDS) > this.clock.now()) return 'unknown_key';
    return this.#claims(await this.#fetch(jwksUrl), signature);
  }

  /** @returns null for a signature that is not good */
  async #claims({ keys }: HeldSet, signature: string): Promise<JWTPayload | 'unknown_key' | null> {
    if (!keys) return 'unknown_key';
    try {
      const { payload } = await jwtVerify(signature, createLocalJWKSet(keys), {
        algorithms: ALGORITHMS,
        currentDate: this.clock.now(),
        clockTolerance: SKEW_SECONDS,
        requiredClaims: ['exp'],
      });
      return payload;
    } catch (error) {
      return error instanceof errors.JWKSNoMatchingKey ? 'unknown_key' : null;
    }
  }

  /** What the signature also names must be so (protocol.md C36). Zapier's own names nothing but the time. */
  #fits(claims: JWTPayload, { clientId }: Upstream, { bodyDigest, remoteRunId }: SignedCallback): boolean {
    const latest = secondsAfter(this.clock.now(), LIFE_SECONDS + SKEW_SECONDS).getTime() / 1000;
    const { exp = Infinity, aud, sub, body_sha256: digest } = claims;
    const audiences = aud === undefined ? [clientId] : [aud].flat();
    const isOfRun = sub === undefined || remoteRunId === null || sub === remoteRunId;
    const isOfBody = digest === undefined || digest === bodyDigest;
    return exp <= latest && audiences.includes(clientId) && isOfRun && isOfBody;
  }

  async #set(url: string): Promise<HeldSet> {
    const held = this.#sets.get(url);
    const seconds = held?.keys ? FRESH_SECONDS : REFETCH_SECONDS;
    return held && secondsAfter(held.fetchedAt, seconds) > this.clock.now() ? held : this.#fetch(url);
  }

  #fetch(url: string): Promise<HeldSet> {
    const running = this.#fetches.get(url);
    if (running) return running;
    const fetch = this.#load(url).finally(() => this.#fetches.delete(url));
    this.#fetches.set(url, fetch);
    return fetch;
  }

  /** A set that can't be had leaves the one before as it is. */
  async #load(url: string): Promise<HeldSet> {
    const fetchedAt = this.clock.now();
    const keys = (await this.#request(url)) ?? this.#sets.get(url)?.keys ?? null;
    const [oldest] = this.#sets.keys();
    if (this.#sets.size >= MAX_SETS && oldest !== undefined) this.#sets.delete(oldest);
    this.#sets.delete(url);
    this.#sets.set(url, { keys, fetchedAt });
    return { keys, fetchedAt };
  }

  async #request(url: string): Promise<JSONWebKeySet | null> {
    const accept = 'application/jwk-set+json, application/json';
    try {
      const { status, body } = await this.egress.request({ purpose: 'jwks', method: 'GET', url, headers: { accept } });
      if (status !== 200) return null;
      const keys = parseJson(body.toString('utf8')) as JSONWebKeySet;
      createLocalJWKSet(keys);
      return keys;
    } catch (error) {
      if (error instanceof EgressError || error instanceof errors.JOSEError) return null;
      throw error;
    }
  }
}
