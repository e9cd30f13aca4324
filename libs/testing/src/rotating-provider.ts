import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type {
  ApiCall,
  GrantState,
  MintedGrant,
  ProviderSettings,
  RevocationRequest,
  TokenRequest,
} from './rotating-provider-log.js';

const SOURCES = join('libs', 'testing', 'src');
const START_SECONDS = 60;

/**
 * Somebody else's authorization server: oidc-provider in a process of its own, so that nothing of ours stops it. Its refresh tokens rotate at
 * each use, and one that comes again out of grace kills its grant. Its own log is the judge of what was asked how often.
 */
export class RotatingProvider {
  private constructor(
    private readonly child: ChildProcess,
    /** Of `/token`, `/token/revocation` and, with an access token, `/api/lists`. */
    readonly origin: string,
    private readonly control: string,
    readonly clientId: string,
    readonly clientSecret: string,
  ) {}

  static async start(settings: Partial<Omit<ProviderSettings, 'clientSecret'>> = {}): Promise<RotatingProvider> {
    const client = { id: 'gatehouse-client', secret: randomBytes(24).toString('base64url') };
    const loader = ['--import', `./${join(SOURCES, 'rotating-provider-loader.mjs')}`];
    const child = spawn(process.execPath, [...loader, join(SOURCES, 'rotating-provider-process.ts')], {
      env: { PATH: process.env.PATH, CLIENT_ID: client.id, CLIENT_SECRET: client.secret },
      // It ends with the end of its input, which is ours to hold: no provider outlives its test.
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    try {
      const { origin, control } = await addressesOf(child);
      const provider = new RotatingProvider(child, origin, control, client.id, client.secret);
      await provider.configure(settings);
      return provider;
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** As many consents as `count`, given just now. */
  mint(count: number): Promise<MintedGrant[]> {
    return this.#ask('POST', '/grants', { count });
  }

  /** A new client secret is in force at once: the old one is `invalid_client` from then on. */
  async configure(changes: Partial<ProviderSettings>): Promise<void> {
    await this.#ask('PATCH', '/settings', changes);
  }

  grants(): Promise<GrantState[]> {
    return this.#ask('GET', '/grants');
  }

  requests(): Promise<TokenRequest[]> {
    return this.#ask('GET', '/requests');
  }

  calls(): Promise<ApiCall[]> {
    return this.#ask('GET', '/calls');
  }

  revocations(): Promise<RevocationRequest[]> {
    return this.#ask('GET', '/revocations');
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  async #ask<Result>(method: string, path: string, body?: unknown): Promise<Result> {
    const response = await fetch(this.control + path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The provider: ${text}`);
    return JSON.parse(text) as Result;
  }
}

/** @throws with its output when it does not come up */
async function addressesOf(child: ChildProcess): Promise<{ origin: string; control: string }> {
  const complaints: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
  const signal = AbortSignal.timeout(START_SECONDS * 1000);
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const failed = Promise.race([
    once(child, 'exit', { signal }).then(() => 'ended'),
    once(signal, 'abort').then(() => 'said nothing'),
  ]);
  // oidc-provider has notices of its own for whoever starts it.
  const announced = (async () => {
    for await (const line of lines) if (line.startsWith('{')) return line;
    return 'ended';
  })();
  const line = await Promise.race([announced, failed.catch(() => 'said nothing')]);
  // What it says from here on is read and dropped: a full pipe would stop it.
  child.stdout?.resume();
  if (line.startsWith('{')) return JSON.parse(line) as { origin: string; control: string };
  throw new Error(`The provider ${line} before it was there. ${complaints.join('')}`);
}
