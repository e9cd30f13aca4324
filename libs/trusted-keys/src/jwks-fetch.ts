import { Injectable } from '@nestjs/common';
import { answerLimits, Egress, EgressError, type EgressFailure, type EgressResponse } from '#libs/egress';
import { excerpt } from './excerpt.js';
import { freshSeconds } from './freshness.js';
import { RefusedKeySet, readKeySet, type AdmittedKeys } from './key-admission.js';

/** What servers send JSON as. HTML is not among them: a login page or an error page is no key set, whatever is in it. */
const JSON_TYPE = /^([\w.-]+\/([\w.-]+\+)?json|text\/plain|application\/octet-stream)$/;

export type FetchedKeys = (AdmittedKeys & { freshSeconds: number }) | { error: string };

/** Fetches a tenant's JWK Set (protocol.md C20). */
@Injectable()
export class JwksFetch {
  constructor(private readonly egress: Egress) {}

  /** A source that fails is nothing to throw about: it comes back as one sentence that tells the tenant what to do. */
  async fetch(jwksUri: string): Promise<FetchedKeys> {
    try {
      const response = await this.egress.request({
        purpose: 'jwks',
        method: 'GET',
        url: jwksUri,
        headers: { accept: 'application/jwk-set+json, application/json' },
      });
      const error = answerFault(response);
      return error === null
        ? { ...readKeySet(response.body), freshSeconds: freshSeconds(response.headers) }
        : { error };
    } catch (error) {
      if (error instanceof EgressError) return { error: `${error.message} ${ADVICE[error.failure]}` };
      if (error instanceof RefusedKeySet) return { error: `The JWK Set is not usable. ${error.message}` };
      throw error;
    }
  }

  /** Whether this URL may be called at all. A courtesy to who registers it: each call is checked again. */
  async isAllowed(jwksUri: string): Promise<boolean> {
    try {
      await this.egress.check(jwksUri);
      return true;
    } catch (error) {
      if (error instanceof EgressError) return false;
      throw error;
    }
  }
}

const ADVICE: Record<EgressFailure, string> = {
  blocked: 'Serve the JWKS over HTTPS on a public address.',
  unreachable: 'Check the name, the port and the firewall of the JWKS URL: it must lead to a public address.',
  untrusted: 'Renew the certificate of the JWKS URL, and send its whole chain.',
  timeout: `Serve the JWKS within ${answerLimits.jwks.seconds} seconds.`,
  interrupted: 'Check the server of the JWKS URL.',
  too_large: `Keep the JWKS below ${answerLimits.jwks.bytes / 1024} KiB: take old keys down.`,
};

function answerFault({ status, headers }: EgressResponse): string | null {
  if (status >= 300 && status < 400)
    return `The JWKS URL answered ${status}, a redirect. Redirects are not followed: register the address that it leads to.`;
  if (status !== 200) return `The JWKS URL answered ${status}. It must answer 200 with the JWK Set.`;
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity')
    return 'The JWKS URL answered a compressed body, though none was asked for. Switch compression off for it.';
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== '' && !JSON_TYPE.test(type))
    return `The JWKS URL answered the content type ${excerpt(type)}. Serve the JWK Set as application/json.`;
  return null;
}
