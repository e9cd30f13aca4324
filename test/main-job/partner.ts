import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import type { Answer } from './answer.js';
import type { Gatehouse } from './gatehouse.js';

const URN = 'urn:ietf:params:oauth:token-type:';
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const BROWSER_TOKEN = 'urn:gatehouse:token-type:browser-token';
export const types = {
  externalJwt: `${URN}external-jwt`,
  accessToken: `${URN}access-token`,
  connectToken: `${URN}connect-token`,
  sessionCode: `${URN}session-code`,
} as const;
const ALL_SCOPES = 'profile zap zap:write connection:read connection:write action:run';

export interface PartnerOptions {
  slug: string;
  origins?: string[];
  redirect_uris?: string[];
  connect_policy?: 'strict' | 'zapier';
  /** Serves the key set and answers where; by default it is uploaded. */
  publishKeys?: (jwks: { keys: JWK[] }) => string;
}

/** A SaaS company that embeds Gatehouse, with its own signing key: registered through /admin, then a client of the token endpoint. */
export class Partner {
  /** All that it signed and was given, none of which may appear in a log. */
  readonly secrets = new Set<string>();

  private constructor(
    private readonly gatehouse: Gatehouse,
    private readonly key: CryptoKey,
    readonly slug: string,
    readonly clientId: string,
    readonly clientSecret: string,
    readonly created: Answer,
  ) {
    this.secrets.add(clientSecret);
  }

  static async enrol(gatehouse: Gatehouse, { slug, publishKeys, ...settings }: PartnerOptions): Promise<Partner> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: `${slug}-1`, alg: 'ES256', use: 'sig' }] };
    const trust = publishKeys ? { jwks_uri: publishKeys(jwks) } : { jwks };
    const created = await gatehouse.admin('POST', '/admin/tenants', {
      slug,
      name: `Company ${slug}`,
      issuer: `https://${slug}.test`,
      audience: 'gatehouse.test',
      trust,
      ...settings,
    });
    return new Partner(
      gatehouse,
      privateKey,
      slug,
      created.at('client.client_id'),
      created.at('client.client_secret'),
      created,
    );
  }

  /** Good for one exchange within two minutes, unless `claims` say otherwise. Undefined removes a claim. */
  async jwt(user: string, claims: JWTPayload = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const usual = { sub: user, org_id: 'org-1', iss: `https://${this.slug}.test`, aud: 'gatehouse.test' };
    const times = { iat: now, nbf: now, exp: now + 120, jti: randomUUID() };
    const token = await new SignJWT({ ...usual, ...times, ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: `${this.slug}-1` })
      .sign(this.key);
    this.secrets.add(token);
    return token;
  }

  /** A token exchange with the client's credentials in the body. An empty parameter is as good as none. */
  async exchange(parameters: Record<string, string>): Promise<Answer> {
    const credentials = { client_id: this.clientId, client_secret: this.clientSecret };
    const form = { grant_type: TOKEN_EXCHANGE, ...credentials, ...parameters };
    const answer = await this.gatehouse.call('POST', '/oauth/token', { form });
    if (answer.status === 200) this.secrets.add(answer.at('access_token'));
    return answer;
  }

  async exchangeJwt(user: string, parameters: Record<string, string>): Promise<Answer> {
    const subject = { subject_token: await this.jwt(user), subject_token_type: types.externalJwt };
    return this.exchange({ ...subject, ...parameters });
  }

  async accessToken(user: string, scope = ALL_SCOPES): Promise<string> {
    return (await this.exchangeJwt(user, { requested_token_type: types.accessToken, scope })).at('access_token');
  }

  async browserToken(user: string, origin: string, scope = 'connection:read connection:write'): Promise<string> {
    const asked = { requested_token_type: BROWSER_TOKEN, resource: origin, scope };
    return (await this.exchangeJwt(user, asked)).at('access_token');
  }

  /** The newer shape: from an access token. */
  async sessionCode(accessToken: string, app = 'acme-crm'): Promise<string> {
    const answer = await this.exchange({
      subject_token: accessToken,
      subject_token_type: types.accessToken,
      requested_token_type: types.connectToken,
      scope: 'connection:write',
      resource: `${this.gatehouse.url}/to/${app}`,
    });
    return answer.at('access_token');
  }
}
