import { expect, vi } from 'vitest';
import { ZapierEmulator, type PartnerRegistration } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import { Partner, types, type PartnerOptions } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';

const CLIENT = { clientId: 'acme-at-zapier', clientSecret: 'not-a-secret' };
const ISSUER = 'https://acme-notes.test/issuer';
/** One and the same Zapier, used in different ways: each is an upstream of its own. */
const WAYS = ['page', 'direct', 'popup', 'user', 'implicit'] as const;
export type Way = (typeof WAYS)[number];

export const slackOf = (way: Way) => `${way}.SlackCLIAPI`;
/** The person's own account there. */
export const accountOf = (way: Way) => `${way}:account`;

/** The built service with a tenant whose upstream is an emulated Zapier. */
export class ZapierScene {
  #users = 0;

  private constructor(
    readonly scenario: Scenario,
    readonly zapier: ZapierEmulator,
    readonly partner: Partner,
  ) {}

  static async start(options: Partial<PartnerOptions> = {}): Promise<ZapierScene> {
    const scenario = await Scenario.start();
    const { url } = scenario.gatehouse;
    const partner = await Partner.enrol(scenario.gatehouse, { slug: 'acme-notes', ...options });
    const registration: Partial<PartnerRegistration> = {
      ...CLIENT,
      redirectUris: WAYS.flatMap((way) => ['callback', 'fragment'].map((end) => `${url}/oauth/upstream/${way}/${end}`)),
      issuer: ISSUER,
      audience: 'connect.zapier.com',
      jwksUri: `${url}/tenants/acme-notes/.well-known/jwks.json`,
    };
    const zapier = await ZapierEmulator.start({ partners: [registration] });
    const scene = new ZapierScene(scenario, zapier, partner);
    for (const connect of ['page', 'direct', 'popup'] as const) await scene.#use(connect, { connect });
    await scene.#use('user', { mode: 'user' });
    await scene.#use('implicit', { mode: 'user', implicit: true, authorize_url: zapier.implicitUrl });
    return scene;
  }

  newUser(): Promise<EmbedUser> {
    return EmbedUser.signIn(this.scenario.gatehouse, this.partner, `ada-${(this.#users += 1)}`);
  }

  /** What the partner opens in the person's browser. */
  async linkFor(user: EmbedUser, app: string, query: Record<string, string> = {}): Promise<string> {
    const token = await this.partner.sessionCode(user.token, app);
    const parameters = new URLSearchParams({ token, ...query });
    return `${this.scenario.gatehouse.url}/to/${app}?${parameters.toString()}`;
  }

  /** For the account at the upstream, by the address of its own. */
  async accountCode({ token }: EmbedUser, way: Way): Promise<string> {
    const answer = await this.partner.exchange({
      subject_token: token,
      subject_token_type: types.accessToken,
      requested_token_type: types.connectToken,
      resource: `${this.scenario.gatehouse.url}/oauth/upstream/${way}/start`,
    });
    return answer.at('access_token');
  }

  /** The user's connections of an app, as their partner sees them. */
  async connections(user: EmbedUser, app: string): Promise<{ id: string; title: string; is_expired: boolean }[]> {
    const { json } = await user.get(`/v2/authentications?limit=100&app=${app}`);
    return (json as { data: { id: string; title: string; is_expired: boolean }[] }).data;
  }

  async close(): Promise<void> {
    await this.scenario.close();
    await this.zapier.close();
  }

  async #use(way: Way, settings: object): Promise<void> {
    const { zapier } = this;
    const { gatehouse } = this.scenario;
    const address = `/admin/tenants/acme-notes/upstreams/${way}`;
    await gatehouse.admin('PUT', address, {
      title: 'Zapier',
      mode: 'jwt',
      api_url: zapier.apiUrl,
      token_url: zapier.tokenUrl,
      authorize_url: zapier.authorizeUrl,
      connect_url: zapier.connectUrl,
      client_id: CLIENT.clientId,
      client_secret: CLIENT.clientSecret,
      issuer: ISSUER,
      audience: 'connect.zapier.com',
      // A person does not do in a minute what this does.
      rate: { per_address: 100_000, per_partner: 100_000 },
      ...settings,
    });
    const isRead = async () => expect((await gatehouse.admin('GET', address)).at('health.synced_at')).toBeTruthy();
    await vi.waitFor(isRead, { timeout: 30_000, interval: 200 });
  }
}
