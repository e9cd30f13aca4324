import { vi } from 'vitest';
import type { Answer } from './answer.js';
import { ConnectBrowser } from './consent.js';
import type { Gatehouse } from './gatehouse.js';
import type { Partner } from './partner.js';
import type { Scenario } from './scenario.js';

/** What a partner's backend does for one of its users with an access token. */
export class EmbedUser {
  private constructor(
    readonly gatehouse: Gatehouse,
    readonly partner: Partner,
    readonly user: string,
    readonly token: string,
  ) {}

  static async signIn(gatehouse: Gatehouse, partner: Partner, user: string): Promise<EmbedUser> {
    return new EmbedUser(gatehouse, partner, user, await partner.accessToken(user));
  }

  get(path: string): Promise<Answer> {
    return this.gatehouse.get(path, this.token);
  }

  post(path: string, json: unknown): Promise<Answer> {
    return this.gatehouse.post(path, json, this.token);
  }

  /** The CRM's id in the catalog. */
  async appId(): Promise<string> {
    return (await this.get('/v2/apps?query=Acme CRM')).at('data.0.id');
  }

  /** Looked up again each time, as the wire asks for (protocol.md §7.5). */
  async actionId(key: string): Promise<string> {
    const { data } = (await this.get(`/v2/actions?limit=100&app=${await this.appId()}`)).json as {
      data: { key: string; id: string }[];
    };
    const action = data.find((candidate) => candidate.key === key);
    if (!action) throw new Error(`No action ${key} in ${JSON.stringify(data)}`);
    return action.id;
  }

  async run(key: string, authentication: string, inputs: object): Promise<string> {
    const action = await this.actionId(key);
    return (await this.post('/v2/action-runs', { data: { action, authentication, inputs } })).at('data.id');
  }

  /** The run once it has ended. @throws when it has not after `seconds` */
  ended(run: string, seconds = 30): Promise<Answer> {
    return vi.waitFor(
      async () => {
        const answer = await this.get(`/v2/action-runs/${run}`);
        if (answer.at('data.status') === 'waiting') throw new Error(`It still waits: ${answer.text}`);
        return answer;
      },
      { timeout: seconds * 1000, interval: 150 },
    );
  }

  /** Connects the CRM in a new browser, and confirms where the policy asks for it. @returns the authentication's id */
  async connectCrm(scenario: Scenario): Promise<string> {
    const code = await this.partner.sessionCode(this.token);
    const { message, page } = await new ConnectBrowser(scenario).connect(code);
    if (!message?.authId) throw new Error(`Not connected: ${page}`);
    if (message.connect_code) {
      this.partner.secrets.add(message.connect_code);
      const path = `/v2/connect-attempts/${message.attempt}/confirm`;
      const confirmed = await this.post(path, { connect_code: message.connect_code });
      if (confirmed.status !== 200) throw new Error(`Not confirmed: ${confirmed.text}`);
    }
    return message.authId;
  }
}
