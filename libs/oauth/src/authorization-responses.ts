import { Injectable, Logger } from '@nestjs/common';
import { Config } from '#libs/config';
import { Problem } from '#libs/errors';
import { AuthorizationError } from './authorization-error.js';
import type { Addressee } from './authorization-parameters.js';

/** Answers at the client's redirect URI. Each names who gives it (RFC 9207), so that a client of several servers can tell them apart. */
@Injectable()
export class AuthorizationResponses {
  readonly #log = new Logger('Authorization');

  constructor(private readonly config: Config) {}

  /** @returns the URL to send the browser to */
  success(to: Addressee, parameters: Record<string, string>, part: 'query' | 'fragment'): string {
    return withParameters(to.redirectUri, this.#common(to, parameters), part);
  }

  /** In the query, for the implicit flow too (protocol.md 2.2). What we did not foresee is logged, and becomes `server_error`. */
  failure(to: Addressee, error: unknown): string {
    const { code, message } = isForClients(error) ? error : this.#unforeseen(error);
    // RFC 6749 §4.1.2.1 allows these characters.
    const description = message.replaceAll(/[^\u0020-\u007E]|["\\]/g, "'");
    return withParameters(to.redirectUri, this.#common(to, { error: code, error_description: description }), 'query');
  }

  #common({ state }: Addressee, parameters: Record<string, string>): Record<string, string> {
    return { ...parameters, ...(state !== null && { state }), iss: this.config.publicUrl };
  }

  #unforeseen(error: unknown): { code: string; message: string } {
    this.#log.error(error);
    return { code: 'server_error', message: 'Something failed on our side. Try again.' };
  }
}

/** The URL as it was registered, letter for letter, with parameters behind those that it has. */
export function withParameters(
  url: string,
  parameters: Record<string, string>,
  part: 'query' | 'fragment' = 'query',
): string {
  const added = new URLSearchParams(parameters).toString();
  if (part === 'fragment') return `${url}#${added}`;
  if (!url.includes('?')) return `${url}?${added}`;
  return /[?&]$/.test(url) ? url + added : `${url}&${added}`;
}

function isForClients(error: unknown): error is AuthorizationError | Problem {
  if (error instanceof AuthorizationError) return true;
  const codes = ['invalid_request', 'invalid_scope'];
  return error instanceof Problem && codes.includes(error.code);
}
