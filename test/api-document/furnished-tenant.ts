import { vi } from 'vitest';
import { appDocument } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import { types, type Partner } from '../main-job/partner.js';
import type { Scenario } from '../main-job/scenario.js';

const REDIRECT_URI = 'https://notes.acme.test/connected';
const NOWHERE = 'http://127.0.0.1:9';

/** One of each thing that has an id, by the name that `ids.ts` has for it. */
export type Holdings = Readonly<Record<string, string>>;

/** A tenant with two users, each of whom has one of everything. */
export interface FurnishedTenant {
  partner: Partner;
  slug: string;
  appToken: string;
  /** Reaches this tenant alone. */
  adminKey: string;
  ada: EmbedUser;
  eve: EmbedUser;
  /** Of the tenant itself. */
  own: Holdings;
  adas: Holdings;
  eves: Holdings;
}

export async function furnish(scenario: Scenario, slug: string): Promise<FurnishedTenant> {
  const { gatehouse } = scenario;
  const partner = await scenario.enrol({ slug, redirect_uris: [REDIRECT_URI] });
  const form = {
    grant_type: 'client_credentials',
    client_id: partner.clientId,
    client_secret: partner.clientSecret,
    scope: 'webhook:read webhook:write',
  };
  const appToken = (await gatehouse.call('POST', '/oauth/token', { form })).at('access_token');
  const key = await gatehouse.admin('POST', '/admin/keys', { name: `Key of ${slug}`, tenant: slug });
  const [ada, eve] = [await signIn(scenario, partner, 'ada'), await signIn(scenario, partner, 'eve')];
  const adas = await userHoldings(scenario, ada);
  const eves = await userHoldings(scenario, eve);
  const own = { ...(await tenantHoldings(scenario, partner, appToken)), adminKey: key.at('id') };
  return { partner, slug, appToken, adminKey: key.at('key'), ada, eve, own, adas, eves };
}

/** People of different tenants have different names, which must not be seen by others. */
function signIn({ gatehouse }: Scenario, partner: Partner, name: string): Promise<EmbedUser> {
  return EmbedUser.signIn(gatehouse, partner, `${name}-of-${partner.slug}`);
}

export async function userHoldings(scenario: Scenario, user: EmbedUser): Promise<Holdings> {
  const authentication = await user.connectCrm(scenario);
  const run = await user.run('create_contact', authentication, {
    email: `${user.user}@crm.test`,
    list_id: 'lst_leads',
  });
  const attempt = await user.partner.exchange({
    subject_token: user.token,
    subject_token_type: types.accessToken,
    requested_token_type: types.connectToken,
    scope: 'connection:write',
    resource: `${user.gatehouse.url}/to/acme-crm`,
  });
  const link = await user.post('/v2/connect-links', { app: 'acme-crm', redirect_uri: REDIRECT_URI });
  const { data: people } = await usersOf(user);
  return {
    authentication,
    run,
    attempt: attempt.at('attempt'),
    link: link.at('data.id'),
    user: people.find(({ subject }) => subject === user.user)?.id ?? '',
  };
}

async function usersOf({ gatehouse, partner }: EmbedUser) {
  const { json } = await gatehouse.admin('GET', `/admin/tenants/${partner.slug}/users?limit=200`);
  return { data: (json as { users: { id: string; subject: string }[] }).users };
}

async function tenantHoldings({ gatehouse }: Scenario, partner: Partner, appToken: string): Promise<Holdings> {
  const base = `/admin/tenants/${partner.slug}`;
  const url = `https://hooks.${partner.slug}.test/told`;
  const webhook = await gatehouse.post('/v2/webhooks', { url }, appToken);
  const delivery = await gatehouse.post(`/v2/webhooks/${webhook.at('data.id')}/test`, {}, appToken);
  const kid = await gatehouse.admin('GET', `${base}/keys`);
  const revocation = await gatehouse.admin('POST', `${base}/revocations`, { before: '2000-01-01', dry_run: false });
  const upstream = `up-${partner.slug}`;
  await gatehouse.admin('PUT', `${base}/upstreams/${upstream}`, {
    mode: 'app',
    api_url: NOWHERE,
    token_url: `${NOWHERE}/token`,
    connect_url: NOWHERE,
    client_id: 'nobody',
    client_secret: 'nothing',
  });
  return {
    slug: partner.slug,
    client: partner.clientId,
    kid: kid.at('keys.0.kid'),
    webhook: webhook.at('data.id'),
    delivery: delivery.at('data.id'),
    revocation: revocation.at('id'),
    upstream,
    action: await ownAction(gatehouse, partner),
  };
}

/** Of an app that no other tenant offers. */
async function ownAction(gatehouse: Scenario['gatehouse'], { slug, clientId }: Partner): Promise<string> {
  const key = `crm-of-${slug}`;
  await gatehouse.admin('POST', '/admin/apps', appDocument(key, NOWHERE));
  const oauth = { client_id: 'a', client_secret: 'b' };
  const app = await gatehouse.admin('PUT', `/admin/tenants/${slug}/apps/${key}`, { oauth });
  return vi.waitFor(
    async () => {
      const path = `/v2/actions?app=${app.at('id')}&client_id=${clientId}`;
      return (await gatehouse.get(path)).at('data.0.id');
    },
    { timeout: 20_000 },
  );
}
