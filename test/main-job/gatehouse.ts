import { Answer } from './answer.js';

export interface Call {
  bearer?: string | undefined;
  json?: unknown;
  form?: Record<string, string> | [string, string][];
  /** Sent as it is; give `headers` a content type. */
  body?: string;
  headers?: Record<string, string>;
}

/** Gatehouse as its clients see it: HTTP, and no redirect followed. */
export class Gatehouse {
  /** Every body that it answered. */
  readonly bodies: string[] = [];

  constructor(
    readonly url: string,
    readonly adminToken: string,
  ) {}

  async call(method: string, path: string, { bearer, json, form, body, headers }: Call = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: {
        // A kept-alive connection would outlive a service that a test restarts.
        connection: 'close',
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(form && { body: new URLSearchParams(form) }),
      ...(body !== undefined && { body }),
    });
    const answer = await Answer.of(response);
    this.bodies.push(answer.text);
    return answer;
  }

  get(path: string, bearer?: string): Promise<Answer> {
    return this.call('GET', path, { bearer });
  }

  post(path: string, json: unknown, bearer?: string): Promise<Answer> {
    return this.call('POST', path, { bearer, json });
  }

  /** @throws with the answer when it is no success */
  async admin(method: string, path: string, json?: unknown): Promise<Answer> {
    const answer = await this.call(method, path, { bearer: this.adminToken, json });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  }
}
