import { GatehouseError, member, textMember } from '../gatehouse-error.js';
import { gatehouseRequest } from '../gatehouse-request.js';
import { signPartnerJwt } from './partner-jwt.js';
import type { Person } from './people.js';
import type { SigningKey } from './signing-key.js';

/** What Gatehouse gave Acme Notes when it became a tenant. */
export interface Enrolment {
  clientId: string;
  clientSecret: string;
  audience: string;
}

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
const type = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;
const userScopes = 'profile zap zap:write connection:read connection:write action:run';

interface Issued {
  token: string;
  expiresInSeconds: number;
  attempt: string | undefined;
}

/** The partner's end of the protocol: it signs, exchanges, caches and calls; secrets stay in this process. */
export class Gatehouse {
  private enrolment: Enrolment | undefined;
  private readonly access = new Map<string, { issued: Promise<Issued>; renewAt: number }>();

  constructor(
    readonly url: string,
    private readonly origin: string,
    private readonly key: SigningKey,
  ) {}

  enrol(enrolment: Enrolment): void {
    this.enrolment = enrolment;
    this.access.clear();
  }

  /** An API call on behalf of a person. `path` starts with `/v2`. */
  call(
    person: Person,
    path: string,
    init: { method?: string; json?: unknown; idempotencyKey?: string } = {},
  ): Promise<unknown> {
    const { method = init.json === undefined ? 'GET' : 'POST', json, idempotencyKey } = init;
    return this.withAccess(person, (token) =>
      gatehouseRequest(this.url + path, {
        method,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          ...(json !== undefined && { 'content-type': 'application/json' }),
          ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
        },
        ...(json !== undefined && { body: JSON.stringify(json) }),
      }),
    );
  }

  /** For one opening of Connect for this app. */
  async sessionCode(person: Person, app: string): Promise<{ code: string; attempt: string | undefined }> {
    const { token, attempt } = await this.onBehalf(person, {
      requested_token_type: type('connect-token'),
      scope: 'connection:write',
      resource: `${this.url}/to/${encodeURIComponent(app)}`,
    });
    return { code: token, attempt };
  }

  /** May reach the page: it works from our origin only, for some minutes. */
  async browserToken(person: Person): Promise<{ token: string; expiresInSeconds: number }> {
    const { token, expiresInSeconds } = await this.onBehalf(person, {
      requested_token_type: 'urn:gatehouse:token-type:browser-token',
      scope: 'connection:read connection:write',
      resource: this.origin,
    });
    return { token, expiresInSeconds };
  }

  private onBehalf(person: Person, parameters: Record<string, string>): Promise<Issued> {
    return this.withAccess(person, (token) =>
      this.exchange({ ...parameters, subject_token: token, subject_token_type: type('access-token') }),
    );
  }

  /** Tokens can end before their time (revocation, a new database): then a fresh one is tried, once. */
  private async withAccess<T>(person: Person, use: (token: string) => Promise<T>): Promise<T> {
    const { token } = await this.accessToken(person);
    try {
      return await use(token);
    } catch (error) {
      if (!(error instanceof GatehouseError) || !isRefusedToken(error)) throw error;
      this.access.delete(person.id);
      return use((await this.accessToken(person)).token);
    }
  }

  private accessToken(person: Person): Promise<Issued> {
    const cached = this.access.get(person.id);
    if (cached && cached.renewAt > Date.now()) return cached.issued;
    const issued = this.signIn(person);
    const entry = { issued, renewAt: Infinity };
    this.access.set(person.id, entry);
    issued.then(
      ({ expiresInSeconds }) => (entry.renewAt = Date.now() + (expiresInSeconds - 60) * 1000),
      () => this.access.delete(person.id),
    );
    return issued;
  }

  private async signIn(person: Person): Promise<Issued> {
    const { audience } = this.enrolled();
    return this.exchange({
      subject_token: await signPartnerJwt(this.key, person, { issuer: this.origin, audience }),
      subject_token_type: type('external-jwt'),
      requested_token_type: type('access-token'),
      scope: userScopes,
    });
  }

  private async exchange(parameters: Record<string, string>): Promise<Issued> {
    const { clientId, clientSecret } = this.enrolled();
    const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    const body = await gatehouseRequest(`${this.url}/oauth/token`, {
      method: 'POST',
      headers: { accept: 'application/json', authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
      body: new URLSearchParams({ grant_type: grantType, ...parameters }),
    });
    const token = textMember(body, 'access_token');
    if (!token) throw new GatehouseError(502, 'Gatehouse answered without a token.');
    return { token, expiresInSeconds: Number(member(body, 'expires_in') ?? 300), attempt: textMember(body, 'attempt') };
  }

  private enrolled(): Enrolment {
    if (!this.enrolment)
      throw new GatehouseError(503, 'Acme Notes is not enrolled at Gatehouse yet. Try again in a moment.');
    return this.enrolment;
  }
}

/** The API says 401; the token endpoint says 400 for a subject token that it no longer knows (RFC 8693 §2.2.2). */
function isRefusedToken({ status, message }: GatehouseError): boolean {
  return status === 401 || (status === 400 && message.includes('subject_token'));
}
