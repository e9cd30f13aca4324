import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Agent, buildConnector, request } from 'undici';
import { Config } from '#libs/config';
import { signals, traced, type OpenSpan } from '#libs/telemetry';
import { AddressGuard } from './address-guard.js';
import { answerLimits, type EgressPurpose } from './answer-limits.js';
import { EgressError, type EgressFailure } from './egress-error.js';
import { NameLookups } from './name-lookups.js';
import { isLocalName, isWebServer, readTarget } from './target.js';

/** Shorter than any deadline: a server to which no connection is made is unreachable, whoever asked and for how long. */
const CONNECT_TIMEOUT_MILLISECONDS = 4000;
const CHECK_TIMEOUT_MILLISECONDS = 5000;
const ARRIVED_MILLISECONDS = 250;

export interface EgressRequest {
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Less than the purpose allows; more than that is not waited. */
  timeoutSeconds?: number;
  purpose?: EgressPurpose;
}

export interface EgressResponse {
  status: number;
  /** Lower-case names; a repeated header is joined with ", ". */
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * The only way out. Resolves the host once, refuses it when any of its addresses is not public, and connects to the very address that was
 * checked. Follows no redirect, sends no cookie, and reads and waits for
 * no more than `answerLimits` allow its purpose.
 */
@Injectable()
export class Egress {
  readonly #guard: AddressGuard;
  readonly #traceTo: ReadonlySet<string>;
  readonly #names = new NameLookups();
  /** What ended a connection before it was made, its TLS handshake included: no request was written by then. */
  readonly #unconnected = new WeakSet<Error>();
  readonly #agent = new Agent({ connect: this.#connector(), maxHeaderSize: 16 * 1024 });

  constructor(config: Config) {
    this.#guard = new AddressGuard(config.egressAllow);
    this.#traceTo = new Set(config.traceTo);
  }

  /** @throws EgressError */
  request(options: EgressRequest): Promise<EgressResponse> {
    const { purpose = 'other', method } = options;
    const attributes = { 'http.request.method': method, 'gatehouse.purpose': purpose };
    return traced(`egress ${purpose}`, { kind: 'client', attributes }, (span) => this.#counted(purpose, options, span));
  }

  async #counted(purpose: EgressPurpose, options: EgressRequest, span: OpenSpan): Promise<EgressResponse> {
    const startedAt = performance.now();
    let outcome = 'failed';
    try {
      const response = await this.#timed(this.#withTrace(options, span));
      span.set({ 'http.response.status_code': response.status });
      outcome = `${Math.floor(response.status / 100)}xx`;
      return response;
    } catch (error) {
      if (error instanceof EgressError) outcome = error.isGuarded ? 'blocked' : error.failure;
      throw error;
    } finally {
      signals.requestSent.publish({ purpose, outcome, seconds: (performance.now() - startedAt) / 1000 });
    }
  }

  /** Third parties are not told of our traces: only hosts that the operator named. */
  #withTrace(options: EgressRequest, span: OpenSpan): EgressRequest {
    if (this.#traceTo.size === 0 || !URL.canParse(options.url)) return options;
    if (!this.#traceTo.has(new URL(options.url).hostname)) return options;
    return { ...options, headers: { ...options.headers, ...span.headers() } };
  }

  async #timed(options: EgressRequest): Promise<EgressResponse> {
    const controller = new AbortController();
    const { seconds } = answerLimits[options.purpose ?? 'other'];
    const timer = abortAfter(Math.min(options.timeoutSeconds ?? seconds, seconds) * 1000, controller);
    try {
      return await this.#request(options, controller.signal);
    } finally {
      timer.clear();
    }
  }

  /** @param signal the deadline. It covers the resolver too: a lease elsewhere counts on it. */
  async #request(options: EgressRequest, signal: AbortSignal): Promise<EgressResponse> {
    const { url, addresses } = await Promise.race([this.#resolve(options.url), unresolvedAt(signal)]);
    let unreachable: EgressError | undefined;
    for (const address of addresses) {
      try {
        return await this.#send(options, url, address, signal);
      } catch (error) {
        // Only where nothing was sent may the next address be tried: anything else may have arrived.
        if (!(error instanceof EgressError) || error.mayHaveArrived) throw error;
        unreachable = error;
      }
    }
    throw unreachable ?? new EgressError('unreachable');
  }

  /**
   * Says beforehand whether `request` would block this URL, as far as its own text says so. What a name resolves to is not looked at, but for
   * exemptions: it may change, and whoever registers it would learn from the answer which names our network knows.
   * @throws EgressError `blocked`
   */
  async check(text: string): Promise<void> {
    const { url, name } = readTarget(text);
    if (this.#guard.allowsHost(name)) return;
    if (isIP(name)) return this.#requireAllowed(url, [name]);
    if (isWebServer(url) && !isLocalName(name)) return;
    const deadline = unresolvedAt(AbortSignal.timeout(CHECK_TIMEOUT_MILLISECONDS));
    const addresses = await Promise.race([this.#names.addresses(name), deadline]).catch(() => []);
    if (!this.#areExempt(addresses)) throw new EgressError('blocked');
  }

  /** Each address of the host, every one of them checked: they are what is connected to, so a name that changes later changes nothing. */
  async #resolve(text: string): Promise<{ url: URL; addresses: string[] }> {
    const { url, name } = readTarget(text);
    const addresses = isIP(name) ? [name] : await this.#names.addresses(name);
    if (this.#guard.allowsHost(name)) return { url, addresses };
    // To the caller a name that leads inside is one that leads nowhere.
    if (!isIP(name) && !addresses.every((address) => this.#guard.allowsAddress(address)))
      throw new EgressError('unreachable', { isGuarded: true });
    this.#requireAllowed(url, addresses);
    return { url, addresses };
  }

  #requireAllowed(url: URL, addresses: readonly string[]): void {
    const isAllowed = isWebServer(url) && addresses.every((address) => this.#guard.allowsAddress(address));
    if (!isAllowed && !this.#areExempt(addresses)) throw new EgressError('blocked');
  }

  #areExempt(addresses: readonly string[]): boolean {
    return addresses.length > 0 && addresses.every((address) => this.#guard.isExempt(address));
  }

  async #send(options: EgressRequest, url: URL, address: string, signal: AbortSignal): Promise<EgressResponse> {
    const pinned = new URL(url);
    pinned.hostname = isIP(address) === 6 ? `[${address}]` : address;
    try {
      const response = await request(pinned, {
        method: options.method,
        // TLS takes the name to verify from the Host header, so the certificate is still checked against the name.
        headers: { 'user-agent': 'Gatehouse', 'accept-encoding': 'identity', ...options.headers, host: url.host },
        body: options.body ?? null,
        signal,
        dispatcher: this.#agent,
      });
      const body = await readCapped(response.body, answerLimits[options.purpose ?? 'other'].bytes);
      return { status: response.statusCode, headers: joined(response.headers), body };
    } catch (error) {
      if (error instanceof EgressError) throw error;
      const isConnected = !(error instanceof Error && this.#unconnected.has(error));
      throw new EgressError(failureOf(error, isConnected), { cause: error });
    }
  }

  #connector(): buildConnector.connector {
    const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MILLISECONDS });
    return (options, callback) =>
      connect(options, (...result) => {
        if (result[0]) this.#unconnected.add(result[0]);
        callback(...result);
      });
  }
}

/**
 * A process that was paused finds its timers over before it has read what came meanwhile: an answer that has arrived is read first, by
 * aborting a moment after.
 */
function abortAfter(milliseconds: number, controller: AbortController): { clear(): void } {
  const abort = () => controller.abort(new DOMException('The deadline has passed.', 'TimeoutError'));
  let timer = setTimeout(
    () => {
      timer = setTimeout(abort, ARRIVED_MILLISECONDS);
    },
    Math.max(0, milliseconds - ARRIVED_MILLISECONDS),
  );
  return { clear: () => clearTimeout(timer) };
}

/** Rejects when the deadline passes before the name was resolved: nothing was sent by then. */
function unresolvedAt(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new EgressError('unreachable')), { once: true });
  });
}

async function readCapped(body: AsyncIterable<Buffer> & { destroy(): unknown }, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of body) {
    total += chunk.length;
    if (total > maxBytes) throw new EgressError('too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function joined(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

/** Node's names for what OpenSSL, or the comparison with the host's name, found wrong with a certificate. */
const CERTIFICATE_FAULT =
  /^(ERR_TLS_CERT_|CERT_|SELF_SIGNED_CERT|DEPTH_ZERO_|UNABLE_TO_|ERROR_IN_CERT_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH_)/;

/** @param isConnected whether the connection, with its TLS, had been made: from then on the same errors may come after the request. */
function failureOf(error: unknown, isConnected: boolean): EgressFailure {
  const { name, code = '' } = error as { name?: string; code?: string };
  if (name === 'TimeoutError' || name === 'AbortError') return 'timeout';
  if (code === 'UND_ERR_INVALID_ARG') return 'unreachable'; // a request that could not be written
  if (!isConnected) return CERTIFICATE_FAULT.test(code) ? 'untrusted' : 'unreachable';
  return code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' ? 'timeout' : 'interrupted';
}
