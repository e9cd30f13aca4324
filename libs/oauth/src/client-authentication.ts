import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { digestsEqual, sha256 } from '#libs/crypto';
import { problem, type Problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import type { Client } from '#libs/tenants';
import { basicCredentials, type ClientCredentialsPair } from './basic-credentials.js';
import { ClientDirectory } from './client-directory.js';
import type { AuthenticatedClient, Parameters } from './grant.js';

type Secrets = Pick<Client, 'secretDigest' | 'previousSecretDigest' | 'previousSecretUntil'>;

/** RFC 6749 §2.3.1: HTTP Basic, or `client_id` and `client_secret` in the body; never both (protocol.md C9). */
@Injectable()
export class ClientAuthentication {
  /** Compared with where there is no secret: an unknown client costs the hash and the two comparisons that a known one does. */
  readonly #nobodys = randomBytes(32);

  constructor(
    private readonly directory: ClientDirectory,
    private readonly clock: Clock,
  ) {}

  /**
   * @param clients `any`: a public client may name itself without a secret
   * @throws Problem invalid_client, the same for an unknown client and for a wrong secret
   */
  async authenticate(
    form: Parameters,
    authorization: string | undefined,
    clients: 'confidential' | 'any' = 'confidential',
  ): Promise<AuthenticatedClient> {
    const { clientId, clientSecret } = credentialsOf(form, authorization);
    if (clientSecret === null && clients === 'confidential') throw missingSecret();
    const named = await this.directory.find(clientId);
    const nobody = { secretDigest: this.#nobodys, previousSecretDigest: null, previousSecretUntil: null };
    const isProved = this.#proves(named?.client ?? nobody, clientSecret);
    if (named && isProved) return named;
    throw problem('invalid_client', 'The client_id or client_secret is not right.');
  }

  #proves({ secretDigest, previousSecretDigest, previousSecretUntil }: Secrets, clientSecret: string | null): boolean {
    if (clientSecret === null) return secretDigest === null;
    const presented = sha256(clientSecret);
    const isCurrent = digestsEqual(secretDigest ?? this.#nobodys, presented);
    const isPrevious = digestsEqual(previousSecretDigest ?? this.#nobodys, presented);
    return isCurrent || (isPrevious && previousSecretUntil !== null && previousSecretUntil > this.clock.now());
  }
}

function credentialsOf(form: Parameters, authorization: string | undefined): ClientCredentialsPair {
  const basic = authorization === undefined ? null : readBasic(authorization);
  if (basic) {
    if (form.client_secret !== undefined || (form.client_id !== undefined && form.client_id !== basic.clientId)) {
      throw problem(
        'invalid_request',
        'Give the client credentials once: in the Authorization header or in the body, not both.',
      );
    }
    return basic;
  }
  if (form.client_id === undefined) throw missingSecret();
  return { clientId: form.client_id, clientSecret: form.client_secret ?? null };
}

function missingSecret(): Problem {
  return problem('invalid_client', 'Give client_id and client_secret, by HTTP Basic or in the body.');
}

function readBasic(authorization: string): ClientCredentialsPair {
  const basic = basicCredentials(authorization);
  if (!basic) throw problem('invalid_client', 'The Authorization header is not HTTP Basic with an id and a secret.');
  return basic;
}
