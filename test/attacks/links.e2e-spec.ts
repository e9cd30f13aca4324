import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allow, ConnectScene, goToCrm, inBrowser, isMissing } from '../sdk/connect-scene.js';
import { ConnectBrowser } from '../main-job/consent.js';
import { EmbedUser } from '../main-job/embed-user.js';
import type { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { redirectUriMutations, REGISTERED } from './redirect-uri-mutations.js';

const AT_ONCE = 10;

describe('what a link or a callback may say', () => {
  let scenario: Scenario;
  let partner: Partner;
  let ada: EmbedUser;

  beforeAll(async () => {
    scenario = await Scenario.start({ slugs: ['acme-notes', 'other'] });
    partner = await scenario.enrol({ redirect_uris: [REGISTERED], origins: ['https://app.example'] });
    await scenario.enrol({ slug: 'other' });
    ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
  });
  afterAll(() => scenario.close());

  const open = async (query: Record<string, string>, code?: string) => {
    const token = code ?? (await partner.sessionCode(ada.token));
    return scenario.gatehouse.get(`/to/acme-crm?${new URLSearchParams({ ...query, token }).toString()}`);
  };

  const begin = async () => {
    const browser = new ConnectBrowser(scenario);
    const callback = await browser.answerCrm(
      await browser.thirdPartyUrl(await browser.open(await partner.sessionCode(ada.token))),
    );
    return { browser, callback };
  };
  const count = async () => {
    const answer = await ada.get(`/v2/authentications?limit=1&app=${await ada.appId()}`);
    return (answer.json as { meta: { count: number } }).meta.count;
  };

  describe.each(['redirect_uri', 'fallback_uri'])('%s', (parameter) => {
    test('is gone to when it is exactly as registered', async () => {
      const browser = new ConnectBrowser(scenario);
      const consent = await browser.open(await partner.sessionCode(ada.token), { [parameter]: REGISTERED });
      const end = await browser.gatehouse.open(`${consent}/cancel`, await formOf(browser, consent));
      const text = (end.headers.get('location') ?? '') + (await end.text());
      expect(text).toContain(`${REGISTERED}?error=server_error`);
    });

    test('is refused, and gone to never, in each of 300 disguises', async () => {
      const mutations = [...redirectUriMutations()];
      expect(mutations.length).toBeGreaterThanOrEqual(300);
      const taken: string[] = [];
      while (mutations.length > 0) {
        const some = mutations.splice(0, AT_ONCE);
        const answers = await Promise.all(some.map((uri) => open({ [parameter]: uri })));
        answers.forEach(({ status, headers }, index) => {
          if (status !== 400 || headers.get('location') !== null) taken.push(some[index] ?? '');
        });
      }
      expect(taken).toEqual([]);
    });
  });

  test.each([
    '/to/acme-crm?token=nothing&redirect_uri=https://evil.example',
    '/to/acme-crm?redirect_uri=https://evil.example&fallback_uri=https://evil.example',
    '/to//evil.example?token=nothing',
    '/to/https:%2F%2Fevil.example?token=nothing',
    '//evil.example/to/acme-crm',
    String.raw`/\evil.example`,
    '/connect//evil.example',
    '/connect/callback/acme-notes/acme-crm?state=x&redirect_uri=https://evil.example',
    '/connect/callback/acme-notes/acme-crm?error=access_denied&error_uri=https://evil.example',
    '/connect/00000000-0000-4000-8000-000000000000/start?redirect_uri=https://evil.example',
  ])('nobody is sent anywhere by %s', async (path) => {
    const { status, headers, text } = await scenario.gatehouse.get(path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(headers.get('location')).toBeNull();
    expect(text).not.toMatch(/href="[^"]*evil/);
  });

  describe('a state', () => {
    test.each<[string, (state: string) => string]>([
      ['none', () => ''],
      ['made up', () => 'x'.repeat(80)],
      ['cut short', (state) => state.slice(0, -1)],
      ['with another last letter', (state) => state.slice(0, -1) + (state.endsWith('A') ? 'B' : 'A')],
      ['with more behind it', (state) => `${state}A`],
      ['of another case', (state) => state.toUpperCase()],
      ['with a zero byte', (state) => `${state}\0`],
    ])('that is forged is refused, and the true one still works: %s', async (_how, forge) => {
      const { browser, callback } = await begin();
      const forged = new URL(callback);
      forged.searchParams.set('state', forge(callback.searchParams.get('state') ?? ''));
      await refused(await browser.gatehouse.open(forged.href));
      expect(await (await browser.gatehouse.open(callback.href)).text()).toContain('authenticationSuccess');
    });

    test('makes one connection, however often and by however many it is brought', async () => {
      const { browser, callback } = await begin();
      const before = await count();
      const first = await browser.gatehouse.open(callback.href);
      expect(await first.text()).toContain('authenticationSuccess');
      await refused(await new ConnectBrowser(scenario).gatehouse.open(callback.href));
      await Promise.all(Array.from({ length: 5 }, () => browser.gatehouse.open(callback.href)));
      expect(await count()).toBe(before + 1);
    });

    test('of one tenant is refused at the address of another', async () => {
      const { browser, callback } = await begin();
      await refused(await browser.gatehouse.open(callback.href.replace('/acme-notes/', '/other/')));
      await refused(await browser.gatehouse.open(callback.href));
    });
  });

  test('a session code opens for one of 20 browsers at once', async () => {
    const code = await partner.sessionCode(ada.token);
    const answers = await Promise.all(Array.from({ length: 20 }, () => open({}, code)));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ headers }) => headers.get('set-cookie') !== null)).toHaveLength(1);
  });
});

const refused = async (answer: Response) => {
  expect(answer.status).toBe(400);
  expect(answer.headers.get('location')).toBeNull();
  expect(await answer.text()).not.toContain('authenticationSuccess');
};

const attribute = (field: string, name: string) => new RegExp(`${name}="([^"]*)"`).exec(field)?.[1] ?? '';

/** The form of our page carries what only that page knows. */
async function formOf(browser: ConnectBrowser, consent: string): Promise<Record<string, string>> {
  const page = await (await browser.gatehouse.open(consent)).text();
  const fields = [...page.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([field]) => field);
  return Object.fromEntries(fields.map((field) => [attribute(field, 'name'), attribute(field, 'value')]));
}

describe.skipIf(isMissing)(inBrowser('security.md C1: a session code in 20 tabs'), () => {
  let scene: ConnectScene;

  beforeAll(async () => {
    scene = await ConnectScene.start({ slugs: ['notes'] });
  });
  afterAll(() => scene?.close());

  test('comes to one connection', async () => {
    const site = await scene.site('notes');
    const person = await scene.person();
    const { code, attempt } = await site.sessionCode('ada');
    const tabs = await Promise.all(Array.from({ length: 20 }, () => person.newPage()));
    await Promise.all(tabs.map((tab) => tab.goto(`${scene.url}/to/acme-crm?token=${code}`)));
    // The browser that redeemed the code may be shown the page again: then it is the page of the same attempt.
    const open = tabs.filter((tab) => tab.url().includes('/connect/'));
    expect(open.length).toBeGreaterThanOrEqual(1);
    expect(new Set(open.map((tab) => tab.url().replace(/\/on$/, '')))).toEqual(
      new Set([`${scene.url}/connect/${attempt}`]),
    );
    const [first] = open;
    if (!first) throw new Error('No tab got in.');
    await goToCrm(first);
    await allow(first);
    await first.getByRole('heading', { level: 1 }).waitFor();
    for (const tab of open.slice(1)) await tab.reload();
    expect(Object.values(await scene.connections(site, 'ada'))).toEqual(['pending']);
    await person.close();
  });
});
