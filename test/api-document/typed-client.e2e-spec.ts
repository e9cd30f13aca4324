import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createGatehouse, type Schemas } from '#libs/client';
import { EmbedUser } from '../main-job/embed-user.js';
import { TOKEN_EXCHANGE, types, type Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';

let scenario: Scenario;
let partner: Partner;

beforeAll(async () => {
  scenario = await Scenario.start();
  partner = await scenario.enrol();
});
afterAll(() => scenario?.close());

async function signIn(user: string): Promise<Schemas['Token']> {
  const service = createGatehouse({ baseUrl: scenario.gatehouse.url });
  const { data, error } = await service.POST('/oauth/token', {
    body: {
      grant_type: TOKEN_EXCHANGE,
      client_id: partner.clientId,
      client_secret: partner.clientSecret,
      subject_token: await partner.jwt(user),
      subject_token_type: types.externalJwt,
      scope: 'zap zap:write connection:read connection:write action:run',
    },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  if (!data) throw new Error(JSON.stringify(error));
  return data;
}

it('the typed client does the main job: a user signs in, connects an account and runs an action in it', async () => {
  const token = await signIn('ada');
  const gatehouse = createGatehouse({ baseUrl: scenario.gatehouse.url, token: () => token.access_token });
  const ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
  await ada.connectCrm(scenario);

  const apps = await gatehouse.GET('/v2/apps', { params: { query: { query: 'Acme CRM' } } });
  const app = apps.data?.data[0]?.id ?? '';
  const accounts = await gatehouse.GET('/v2/authentications', { params: { query: { app } } });
  const authentication = accounts.data?.data[0]?.id ?? '';
  const actions = await gatehouse.GET('/v2/actions', { params: { query: { app, limit: 100 } } });
  const action = actions.data?.data.find(({ key }) => key === 'create_contact')?.id ?? '';
  const fields = await gatehouse.POST('/v2/actions/{id}/inputs', {
    params: { path: { id: action } },
    body: { data: { authentication } },
  });
  expect(fields.data?.data.map(({ id }) => id)).toContain('email');

  const inputs = { email: 'grace@hopper.test', list_id: 'lst_leads' };
  const made = await gatehouse.POST('/v2/action-runs', { body: { data: { action, authentication, inputs } } });
  const run = await vi.waitFor(async () => {
    const asked = { path: { id: made.data?.data.id ?? '' }, query: { wait: 5 } };
    const { data } = await gatehouse.GET('/v2/action-runs/{id}', { params: asked });
    if (data?.data.status !== 'success') throw new Error(JSON.stringify(data));
    return data.data;
  }, 30_000);
  expect(run.results).toHaveLength(1);
  expect(await scenario.crmContacts()).toContain('grace@hopper.test');
});

it('what is refused comes back as an error of its surface, typed', async () => {
  const nobody = createGatehouse({ baseUrl: scenario.gatehouse.url, token: () => 'x' });
  const embed = await nobody.GET('/v2/apps');
  expect(embed.error?.errors[0]?.code).toBe('authentication_failed');
  const admin = await nobody.GET('/admin/tenants/{slug}', { params: { path: { slug: 'acme-notes' } } });
  expect(admin.error).toMatchObject({ status: 401, code: 'authentication_failed' } satisfies Partial<
    Schemas['ProblemDetails']
  >);
});
