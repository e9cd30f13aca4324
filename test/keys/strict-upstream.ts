import { createPublicKey, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import jsonwebtoken from 'jsonwebtoken';

/**
 * Somebody else's token endpoint, with somebody else's verifier (jsonwebtoken over node:crypto). It is as strict as a consumer may be: it
 * keeps a JWK Set for as long as `Cache-Control` says and does not ask again for a `kid` that it does not know. So a signature by a key
 * that was not published in time is refused.
 */
export class StrictUpstream {
  #keys = new Map<string, KeyObject>();
  #freshUntil = 0;
  #fetching: Promise<void> | null = null;
  #asked = 0;
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(
      (kid) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ kid })),
      (error: Error) =>
        response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: error.message })),
    );
  });

  /** @param jwksUris of one tenant at several processes: asked in turn */
  constructor(
    private readonly jwksUris: readonly string[],
    private readonly audience: string,
  ) {}

  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  knows(kid: string): boolean {
    return this.#keys.has(kid);
  }

  async #answer(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const token = new URLSearchParams(Buffer.concat(chunks).toString()).get('subject_token') ?? '';
    if (Date.now() >= this.#freshUntil) await (this.#fetching ??= this.#fetch().finally(() => (this.#fetching = null)));
    const kid = jsonwebtoken.decode(token, { complete: true })?.header.kid ?? '';
    const key = this.#keys.get(kid);
    if (!key) throw new Error(`unknown kid ${kid}`);
    jsonwebtoken.verify(token, key, { algorithms: ['ES256'], audience: this.audience });
    return kid;
  }

  async #fetch(): Promise<void> {
    const uri = this.jwksUris[this.#asked++ % this.jwksUris.length] ?? '';
    const response = await fetch(uri);
    const { keys } = (await response.json()) as { keys: ({ kid: string } & Record<string, string>)[] };
    const maxAge = /max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1];
    this.#keys = new Map(keys.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]));
    this.#freshUntil = Date.now() + Number(maxAge) * 1000;
  }
}
