import { type Answer, json, startHttpServer, type HttpServer } from '#libs/testing';
import type { Gatehouse } from '../main-job/gatehouse.js';
import { TokenSmith } from './token-smith.js';

/** What an operator is told about a tenant's keys. */
export interface Trust {
  health: string;
  stale: boolean;
  last_error: string | null;
  failures: number;
  fetched_at: string | null;
  keys: { kid: string }[];
}

/** A tenant with a server for its keys, which answers whatever a test wants. */
export class JwksHost {
  private constructor(
    readonly smith: TokenSmith,
    readonly server: HttpServer,
    private readonly gatehouse: Gatehouse,
  ) {}

  static async start(gatehouse: Gatehouse, slug: string): Promise<JwksHost> {
    const server = await startHttpServer();
    const smith = await new TokenSmith(gatehouse, slug).enrol({ jwks_uri: `${server.origin}/jwks.json` });
    const host = new JwksHost(smith, server, gatehouse);
    host.answerWell();
    return host;
  }

  /** Forgets the requests so far. */
  answerWell(): void {
    this.server.answerWith(json(200, this.smith.jwks()));
  }

  /** Forgets the requests so far. */
  answerWith(answer: Answer): void {
    this.server.answerWith(answer);
  }

  get fetches(): number {
    return this.server.requests.length;
  }

  /** Fetches now. */
  async refresh(): Promise<Trust> {
    const answer = await this.gatehouse.admin('POST', `/admin/tenants/${this.smith.slug}/trust/refresh`);
    return answer.json as Trust;
  }

  async trust(): Promise<Trust> {
    return (await this.gatehouse.admin('GET', `/admin/tenants/${this.smith.slug}/trust`)).json as Trust;
  }

  /** An exchange of a token by a key of this kid. @returns the answer's status */
  async exchange(kid: string, gatehouse = this.gatehouse): Promise<number> {
    const { smith } = this;
    return (await smith.exchange(smith.signed(smith.header({ kid })), {}, gatehouse)).status;
  }
}
