import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type GenerateKeyPairResult, type JSONWebKeySet, SignJWT } from 'jose';
import { ZapierEmulator } from './emulator.js';
import type { EmulatorSettings, PartnerRegistration } from './settings.js';

const TYPES = 'urn:ietf:params:oauth:token-type:';
const LIFE_SECONDS = 300;

export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  /** Empty where the text is no JSON. */
  json: Record<string, unknown>;
}

/** An emulator, and a partner of it that makes the plainest calls there are. */
export class EmulatorScene {
  private constructor(
    readonly emulator: ZapierEmulator,
    private readonly keys: GenerateKeyPairResult,
    /** The partner's, with the key `one`. */
    readonly jwks: JSONWebKeySet,
    readonly redirectUri: string,
  ) {}

  static async start(
    settings: Partial<EmulatorSettings> = {},
    partner: Partial<PartnerRegistration> = {},
  ): Promise<EmulatorScene> {
    const keys = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] };
    const redirectUri = 'http://partner.test/callback';
    const partners = [{ redirectUris: [redirectUri], jwks, ...partner }];
    return new EmulatorScene(await ZapierEmulator.start({ partners, settings }), keys, jwks, redirectUri);
  }

  close(): Promise<void> {
    return this.emulator.close();
  }

  /** @param claims in the place of the usual; undefined leaves one out */
  sign(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, now = Date.now()): Promise<string> {
    const iat = Math.floor(now / 1000);
    const { issuer: iss, audience: aud } = this.emulator.partner;
    const usual = { iss, aud, sub: 'ada', org_id: 'acme', iat, nbf: iat, exp: iat + LIFE_SECONDS, jti: randomUUID() };
    const jwt = new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header });
    return jwt.sign(this.keys.privateKey);
  }

  async token(form: Record<string, string>): Promise<Answered> {
    const { clientId: client_id, clientSecret: client_secret } = this.emulator.partner;
    const body = new URLSearchParams({ client_id, client_secret, ...form });
    return answered(await fetch(this.emulator.tokenUrl, { method: 'POST', body, redirect: 'error' }));
  }

  async exchange(form: Record<string, string> = {}): Promise<Answered> {
    return this.token({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: form.subject_token ?? (await this.sign()),
      subject_token_type: `${TYPES}external-jwt`,
      requested_token_type: `${TYPES}access-token`,
      ...form,
    });
  }

  /** An access token of a user of the partner. */
  async userToken(sub = 'ada', scope?: string): Promise<string> {
    const answer = await this.exchange({ subject_token: await this.sign({ sub }), ...(scope && { scope }) });
    return tokenIn(answer);
  }

  async connectToken(app: string, accessToken: string): Promise<string> {
    const answer = await this.exchange({
      subject_token: accessToken,
      subject_token_type: `${TYPES}access-token`,
      requested_token_type: `${TYPES}connect-token`,
      scope: 'connection:write',
      resource: `${this.emulator.connectUrl}/to/${app}`,
    });
    return tokenIn(answer);
  }

  async get(path: string, bearer?: string, headers: Record<string, string> = {}): Promise<Answered> {
    return answered(await fetch(this.emulator.apiUrl + path, { headers: { ...authorization(bearer), ...headers } }));
  }

  async post(path: string, json: unknown, bearer?: string): Promise<Answered> {
    const headers = { 'content-type': 'application/json', ...authorization(bearer) };
    return answered(await fetch(this.emulator.apiUrl + path, { method: 'POST', headers, body: JSON.stringify(json) }));
  }

  /** The id of an app by its title. */
  async appId(title: string): Promise<string> {
    const query = new URLSearchParams({ client_id: this.emulator.partner.clientId, query: title });
    return first(await this.get(`/v2/apps?${query.toString()}`)).id ?? '';
  }

  /** The id of an action at this moment. */
  async actionId(app: string, key: string, bearer: string): Promise<string> {
    const { json } = await this.get(`/v2/actions?limit=100&app=${app}`, bearer);
    const found = (json.data as { key: string; id: string }[]).find((action) => action.key === key);
    if (!found) throw new Error(`There is no action ${key}.`);
    return found.id;
  }
}

function authorization(bearer: string | undefined): Record<string, string> {
  return bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
}

function first({ json }: Answered): Record<string, string> {
  return (json.data as Record<string, string>[])[0] ?? {};
}

function tokenIn({ json, text }: Answered): string {
  if (typeof json.access_token !== 'string') throw new Error(`There is no token: ${text}`);
  return json.access_token;
}

async function answered(response: Response): Promise<Answered> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : {} };
}
