import { createHash, randomBytes } from 'node:crypto';
import type { CrmClient } from './authorization-server.js';

export const redirectUri = 'http://localhost:3000/connect/callback/acme-notes/acme-crm';

export const client: CrmClient = {
  clientId: 'gatehouse-acme-notes',
  clientSecret: 'not-a-secret',
  redirectUris: [redirectUri],
};

const allScopes = 'contacts:read contacts:write exports:write offline_access';

// A kept-alive connection would outlive the server that a test restarts.
const headers = { connection: 'close' };

/** A browser as far as the CRM can tell: it keeps cookies by path and follows redirects while they stay there. */
export class Browser {
  private readonly cookies = new Map<string, { value: string; path: string }>();

  constructor(private readonly origin: string) {}

  async open(url: string, form?: Record<string, string>): Promise<Response> {
    const target = new URL(url, this.origin);
    const sent = [...this.cookies].filter(([, { path }]) => target.pathname.startsWith(path));
    const response = await fetch(target, {
      redirect: 'manual',
      headers: { ...headers, cookie: sent.map(([name, { value }]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) this.keep(line);
    return response;
  }

  async follow(response: Response): Promise<{ at: URL; response: Response }> {
    const at = new URL(response.headers.get('location') ?? '', this.origin);
    if (at.origin !== this.origin) return { at, response };
    const next = await this.open(at.href);
    return next.status === 303 ? this.follow(next) : { at, response: next };
  }

  /** Signs in as Ada; the path of the consent page. */
  async signIn(url: string): Promise<string> {
    const login = await this.follow(await this.open(url));
    const form = { email: 'ada@acme-crm.test', password: 'demo' };
    return (await this.follow(await this.open(`${login.at.pathname}/login`, form))).at.pathname;
  }

  /** Presses a button of the consent page; where the browser is sent. */
  async answer(consent: string, button: 'allow' | 'deny'): Promise<URL> {
    return (await this.follow(await this.open(`${consent}/${button}`, {}))).at;
  }

  private keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const path = /path=([^;]+)/i.exec(line)?.[1] ?? '/';
    if (value === '') this.cookies.delete(name);
    else this.cookies.set(name, { value, path });
  }
}

const verifier = randomBytes(32).toString('base64url');

export function authorizeUrl(changes: Record<string, string | undefined> = {}): string {
  const parameters = {
    client_id: client.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: allScopes,
    state: 'state-1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  };
  const present = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `/oauth/authorize?${new URLSearchParams(present).toString()}`;
}

export interface TokenAnswer {
  status: number;
  body: Record<string, string>;
}

/** Gatehouse's part of the flow, over HTTP. */
export class ApiClient {
  constructor(private readonly origin: string) {}

  async connect(scope = allScopes): Promise<{ access: string; refresh: string; body: Record<string, unknown> }> {
    const browser = new Browser(this.origin);
    const back = await browser.answer(await browser.signIn(authorizeUrl({ scope })), 'allow');
    const code = back.searchParams.get('code') ?? '';
    const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
    const { body } = await this.token(fields);
    return { access: body.access_token ?? '', refresh: body.refresh_token ?? '', body };
  }

  refresh(token = ''): Promise<TokenAnswer> {
    return this.token({ grant_type: 'refresh_token', refresh_token: token });
  }

  async token(fields: Record<string, string>): Promise<TokenAnswer> {
    const response = await this.form('/oauth/token', fields);
    const body: Record<string, string> = JSON.parse(await response.text());
    return { status: response.status, body };
  }

  form(path: string, fields: Record<string, string>): Promise<Response> {
    const body = new URLSearchParams({ client_id: client.clientId, client_secret: client.clientSecret, ...fields });
    return fetch(this.origin + path, { method: 'POST', headers, body });
  }

  call(path: string, token?: string, json?: object): Promise<Response> {
    return fetch(this.origin + path, {
      headers: {
        ...headers,
        ...(token && { authorization: `Bearer ${token}` }),
        ...(json && { 'content-type': 'application/json' }),
      },
      ...(json && { method: 'POST', body: JSON.stringify(json) }),
    });
  }
}
