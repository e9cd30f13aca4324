import { createTestDatabase, queryOnce, startService, type ServiceProcess, type TestDatabase } from '#libs/testing';
import { TokenSmith } from '../keys/token-smith.js';
import type { Answer } from '../main-job/answer.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';
import {
  addClient,
  authorizePath,
  Browser,
  CALLBACK,
  LOGIN_URL,
  type OauthClient,
  setLoginUrl,
  token,
} from './authorization-scene.js';

/** Registered beside CALLBACK, so that a request must say which of the two it means. */
export const OTHER_CALLBACK = 'https://notes.acme.test/other';

/** A tenant with a login page and three clients, and one that writes its JWTs by hand. */
export class OpenidScene {
  private constructor(
    private readonly database: TestDatabase,
    private readonly service: ServiceProcess,
    readonly gatehouse: Gatehouse,
    readonly partner: Partner,
    readonly client: OauthClient,
    readonly otherClient: OauthClient,
    readonly publicClient: OauthClient,
    readonly smith: TokenSmith,
  ) {}

  static async start(): Promise<OpenidScene> {
    const database = await createTestDatabase();
    const service = await startService({ databaseUrl: database.url, env: { RATE_LIMITS: 'off' } });
    const gatehouse = new Gatehouse(service.url, service.adminToken);
    const partner = await Partner.enrol(gatehouse, { slug: 'acme-notes' });
    await setLoginUrl(gatehouse, partner, LOGIN_URL);
    const redirect_uris = [CALLBACK, OTHER_CALLBACK];
    return new OpenidScene(
      database,
      service,
      gatehouse,
      partner,
      await addClient(gatehouse, partner, { redirect_uris }),
      await addClient(gatehouse, partner),
      await addClient(gatehouse, partner, { public: true }),
      await new TokenSmith(gatehouse, 'smith').enrol(),
    );
  }

  /** What the authorization endpoint answers to a browser without cookies. An empty parameter is as good as none. */
  authorize(parameters: Record<string, string>, client = this.client): Promise<Answer> {
    return this.browser().open(authorizePath({ client_id: client.clientId, ...parameters }));
  }

  browser(): Browser {
    return new Browser(this.gatehouse, this.partner);
  }

  /** For `client`, at CALLBACK. */
  async code(parameters: Record<string, string> = {}): Promise<string> {
    const end = await this.browser().authorize('ada', { client_id: this.client.clientId, ...parameters });
    return end.searchParams.get('code') ?? '';
  }

  redeem(code: string, parameters: Record<string, string> = {}, client = this.client): Promise<Answer> {
    const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...parameters };
    return token(this.gatehouse, client, form);
  }

  async refreshToken(): Promise<string> {
    return (await this.redeem(await this.code())).at('refresh_token');
  }

  refresh(refreshToken: string, client = this.client): Promise<Answer> {
    return token(this.gatehouse, client, { grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  /** As if all codes were made, and used, so many seconds earlier. */
  async ageCodes(seconds: number): Promise<void> {
    const past = `- $1 * interval '1 second'`;
    const sql = `UPDATE authorization_codes SET expires_at = expires_at ${past}, used_at = used_at ${past}`;
    await queryOnce(this.database.url, sql, [seconds]);
  }

  async close(): Promise<void> {
    await this.service.stop();
    await this.database.drop();
  }
}
