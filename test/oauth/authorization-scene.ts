import { createHash, randomBytes } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { Answer } from '../main-job/answer.js';
import type { Gatehouse } from '../main-job/gatehouse.js';
import type { Partner } from '../main-job/partner.js';

export const CALLBACK = 'https://notes.acme.test/callback?kept=1';
export const LOGIN_URL = 'https://notes.acme.test/login?theme=dark';

export interface OauthClient {
  clientId: string;
  /** Undefined for a public one. */
  clientSecret?: string;
}

/** A client of the partner for the authorization endpoint, at CALLBACK. */
export async function addClient(
  gatehouse: Gatehouse,
  partner: Partner,
  settings: Record<string, unknown> = {},
): Promise<OauthClient> {
  const made = await gatehouse.admin('POST', `/admin/tenants/${partner.slug}/clients`, {
    name: 'Acme <Notes> & Co',
    grants: ['authorization_code', 'refresh_token'],
    scopes: ['profile', 'zap', 'connection:read', 'action:run'],
    redirect_uris: [CALLBACK],
    ...settings,
  });
  const clientId = made.at('client_id');
  if (settings.public === true) return { clientId };
  partner.secrets.add(made.at('client_secret'));
  return { clientId, clientSecret: made.at('client_secret') };
}

export function setLoginUrl(gatehouse: Gatehouse, { slug }: Partner, loginUrl: string | null): Promise<Answer> {
  return gatehouse.admin('PATCH', `/admin/tenants/${slug}`, { login_url: loginUrl });
}

export function pkce(): { verifier: string; parameters: Record<string, string> } {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  return { verifier, parameters: { code_challenge: challenge, code_challenge_method: 'S256' } };
}

/** @param parameters an empty one is as good as none */
export function authorizePath(parameters: Record<string, string>, path = '/oauth/authorize'): string {
  const usual = { response_type: 'code', redirect_uri: CALLBACK, scope: 'zap profile', state: 'a state & more' };
  return `${path}?${new URLSearchParams({ ...usual, ...parameters }).toString()}`;
}

export const locationOf = (answer: Answer): URL => {
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`No redirect but ${answer.status} ${answer.text}`);
  return new URL(location, 'http://gatehouse.test');
};

/** A person's browser, with its cookies. It follows no redirect by itself. */
export class Browser {
  readonly cookies = new Map<string, string>();

  constructor(
    private readonly gatehouse: Gatehouse,
    private readonly partner: Partner,
  ) {}

  async open(path: string, form?: Record<string, string>): Promise<Answer> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    const answer = await this.gatehouse.call(form ? 'POST' : 'GET', path, {
      headers: { cookie },
      ...(form && { form }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
      if (value !== '') this.partner.secrets.add(value);
    }
    return answer;
  }

  /** @returns the challenge that the tenant's login page gets */
  async begin(parameters: Record<string, string>): Promise<string> {
    const at = locationOf(await this.open(authorizePath(parameters)));
    const challenge = at.searchParams.get('login_challenge');
    if (challenge === null) throw new Error(`Not sent to the login page, but to ${at.href}`);
    this.partner.secrets.add(challenge);
    return challenge;
  }

  /** Comes back from the tenant's login page, where `user` signed in. */
  async returnAs(user: string, challenge: string, claims: JWTPayload = {}): Promise<Answer> {
    const assertion = await this.partner.jwt(user, { nonce: challenge, ...claims });
    return this.open(`/oauth/login?${new URLSearchParams({ login_challenge: challenge, assertion }).toString()}`);
  }

  /** Up to the consent page. @returns its path */
  async signIn(user: string, parameters: Record<string, string>): Promise<string> {
    return locationOf(await this.returnAs(user, await this.begin(parameters))).pathname;
  }

  /** Presses a button of the consent page. */
  async press(button: 'allow' | 'cancel', consentPath: string): Promise<Answer> {
    const { text } = await this.open(consentPath);
    const formToken = /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? '';
    return this.open(consentPath, { form_token: formToken, decision: button });
  }

  /** From the start to the redirect URI, by the consent page or without it. */
  async authorize(user: string, parameters: Record<string, string>): Promise<URL> {
    const consentPath = await this.signIn(user, parameters);
    const page = await this.open(consentPath);
    const end = locationOf(page.status === 303 ? page : await this.press('allow', consentPath));
    for (const name of ['code', 'access_token']) {
      const secret = end.searchParams.get(name) ?? new URLSearchParams(end.hash.slice(1)).get(name);
      if (secret !== null) this.partner.secrets.add(secret);
    }
    return end;
  }
}

/** A call of the token endpoint, with the client's credentials in the body. */
export async function token(
  gatehouse: Gatehouse,
  { clientId, clientSecret }: OauthClient,
  parameters: Record<string, string>,
): Promise<Answer> {
  const credentials = { client_id: clientId, ...(clientSecret !== undefined && { client_secret: clientSecret }) };
  return gatehouse.call('POST', '/oauth/token', { form: { ...credentials, ...parameters } });
}
