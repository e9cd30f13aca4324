import type { Answer } from '../main-job/answer.js';
import type { Call, Gatehouse } from '../main-job/gatehouse.js';

export interface ListedKey {
  kid: string;
  alg: string;
  state: string;
  activates_at: string;
  retires_at: string | null;
  revoked_at: string | null;
  first_used_at: string | null;
  last_used_at: string | null;
  created_at: string;
}

/** The keys of one owner through one process: what an operator does to them, and what a consumer sees. */
export class KeyDesk {
  constructor(
    private readonly gatehouse: Gatehouse,
    /** A tenant's slug; null for Gatehouse's own keys. */
    private readonly slug: string | null,
  ) {}

  get path(): string {
    return this.slug === null ? '/admin/platform/keys' : `/admin/tenants/${this.slug}/keys`;
  }

  get jwksPath(): string {
    return this.slug === null ? '/.well-known/jwks.json' : `/tenants/${this.slug}/.well-known/jwks.json`;
  }

  async list(...states: string[]): Promise<ListedKey[]> {
    const { keys } = (await this.gatehouse.admin('GET', this.path)).json as { keys: ListedKey[] };
    return states.length === 0 ? keys : keys.filter(({ state }) => states.includes(state));
  }

  async activeKid(): Promise<string> {
    const [active, another] = await this.list('active');
    if (!active || another) throw new Error('There is not one active key.');
    return active.kid;
  }

  async rotate(options?: object): Promise<ListedKey> {
    return (await this.gatehouse.admin('POST', `${this.path}/rotate`, options)).json as ListedKey;
  }

  async revoke(kid: string): Promise<ListedKey> {
    return (await this.gatehouse.admin('POST', `${this.path}/${kid}/revoke`)).json as ListedKey;
  }

  setPolicy(policy: object): Promise<Answer> {
    return this.gatehouse.admin('PUT', `${this.path}/policy`, policy);
  }

  jwks(headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    return this.gatehouse.call(method, this.jwksPath, { headers } satisfies Call);
  }

  /** @throws with the answer when the set is not served */
  async published(): Promise<Record<string, string>[]> {
    const answer = await this.jwks();
    if (answer.status !== 200) throw new Error(`${this.jwksPath}: ${answer.status} ${answer.text}`);
    return (answer.json as { keys: Record<string, string>[] }).keys;
  }

  async publishedKids(): Promise<(string | undefined)[]> {
    return (await this.published()).map(({ kid }) => kid);
  }
}
