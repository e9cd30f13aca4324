import { Agent, fetch } from 'undici';
import type { Partner } from '../main-job/partner.js';
import { TOKEN_EXCHANGE, types } from '../main-job/partner.js';
import { Answer } from '../main-job/answer.js';

interface Sent {
  form?: Record<string, string>;
  headers?: Record<string, string>;
}

/** Whoever calls from one address: 127.0.0.0/8 is all of this machine, and each address in it another one to the service. */
export class CallerAt {
  readonly #agent: Agent;

  constructor(
    private readonly url: string,
    address: string,
  ) {
    this.#agent = new Agent({ localAddress: address });
  }

  async call(method: string, path: string, { form, headers = {} }: Sent = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers,
      redirect: 'manual',
      dispatcher: this.#agent,
      ...(form && { body: new URLSearchParams(form) }),
    });
    return new Answer(response.status, new Headers([...response.headers]), await response.text());
  }

  get(path: string, bearer?: string): Promise<Answer> {
    return this.call('GET', path, { headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` } });
  }

  /** With the right secret and a new JWT. */
  async exchange(partner: Partner, user = 'mia'): Promise<Answer> {
    const subject = { subject_token: await partner.jwt(user), subject_token_type: types.externalJwt };
    return this.#token(partner, { ...subject, client_secret: partner.clientSecret });
  }

  guess(partner: Partner, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#token(partner, { client_secret: 'wrong' }, headers);
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  #token({ clientId }: Partner, parameters: Record<string, string>, headers?: Record<string, string>): Promise<Answer> {
    const form = { grant_type: TOKEN_EXCHANGE, client_id: clientId, ...parameters };
    return this.call('POST', '/oauth/token', { form, ...(headers && { headers }) });
  }
}
