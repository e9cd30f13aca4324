import { expect, vi } from 'vitest';
import { Partner, type PartnerOptions } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';

const SLUG = 'acme-notes';
/** What each Gatehouse calls the next one. */
const NEXT = 'next';

/** Gatehouses on databases of their own, each the upstream of the one before it; the last one has the CRM. */
export class Chain {
  private constructor(
    /** From the partner's own on. */
    readonly scenarios: readonly [Scenario, ...Scenario[]],
    readonly partner: Partner,
  ) {}

  /** @param connect how a person gets from the partner's own Gatehouse to the next */
  static async start(length: 2 | 3, connect: 'page' | 'popup', options: Partial<PartnerOptions>): Promise<Chain> {
    const [first, ...others] = [await Scenario.start(), await Scenario.start()];
    if (length === 3) others.push(await Scenario.start());
    const scenarios: [Scenario, ...Scenario[]] = [first, ...others];
    const partner = await Partner.enrol(first.gatehouse, { slug: SLUG, ...options });
    for (const [at, one] of scenarios.entries()) {
      const next = scenarios[at + 1];
      if (next) await enrol(one, next);
    }
    await offerCrm(scenarios.at(-1) ?? first);
    for (const at of [...scenarios.keys()].slice(0, -1).toReversed()) {
      const [one, next] = [scenarios[at], scenarios[at + 1]];
      if (one && next) await use(one, next, at === 0 ? connect : 'page');
    }
    return new Chain(scenarios, partner);
  }

  get gatehouse() {
    return this.scenarios[0].gatehouse;
  }

  /** The key of the last one's CRM, as the partner has it. */
  get app(): string {
    return [...this.scenarios.slice(1).map(() => NEXT), 'acme-crm'].join('.');
  }

  /** What the CRM shows a person. */
  crmContacts(): Promise<string> {
    return (this.scenarios.at(-1) ?? this.scenarios[0]).crmContacts();
  }

  async close(): Promise<void> {
    for (const one of this.scenarios) await one.close();
  }
}

const clients = new WeakMap<Scenario, { client_id: string; client_secret: string }>();

/** `one` becomes a partner of `next`, as any company that signs its own JWTs. */
async function enrol(one: Scenario, next: Scenario): Promise<void> {
  const { url } = one.gatehouse;
  const created = await next.gatehouse.admin('POST', '/admin/tenants', {
    slug: SLUG,
    name: 'Another Gatehouse',
    issuer: `${url}/tenants/${SLUG}`,
    audience: 'localhost',
    trust: { jwks_uri: `${url}/tenants/${SLUG}/.well-known/jwks.json` },
    redirect_uris: [`${url}/oauth/upstream/${NEXT}/callback`],
    origins: [url],
  });
  clients.set(next, {
    client_id: created.at('client.client_id'),
    client_secret: created.at('client.client_secret'),
  });
}

async function offerCrm(last: Scenario): Promise<void> {
  await last.gatehouse.admin('POST', '/admin/apps', await last.crmDocument());
  await last.gatehouse.admin('PUT', `/admin/tenants/${SLUG}/apps/acme-crm`, {
    oauth: { client_id: last.crmClient.clientId, client_secret: last.crmClient.clientSecret },
  });
}

async function use(one: Scenario, next: Scenario, connect: 'page' | 'popup'): Promise<void> {
  const { url } = next.gatehouse;
  const address = `/admin/tenants/${SLUG}/upstreams/${NEXT}`;
  await one.gatehouse.admin('PUT', address, {
    mode: 'jwt',
    title: 'the next Gatehouse',
    api_url: url,
    token_url: `${url}/oauth/token`,
    connect_url: url,
    ...clients.get(next),
    connect,
    rate: { per_address: 100_000, per_partner: 100_000 },
  });
  const isRead = async () => {
    const upstream = await one.gatehouse.admin('GET', address);
    expect(upstream.json).toMatchObject({ health: { apps: 1, synced_at: expect.any(String) } });
  };
  await vi.waitFor(isRead, { timeout: 30_000, interval: 200 });
}
