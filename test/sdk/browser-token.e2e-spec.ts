import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ConnectScene, inBrowser, isMissing, visit } from './connect-scene.js';
import type { EmbedSite } from './embed-site.js';

describe.skipIf(isMissing)(inBrowser('the embed API from a page, with a browser token'), () => {
  let scene: ConnectScene;
  let site: EmbedSite;
  let stranger: EmbedSite;
  let person: BrowserContext;
  let page: Page;
  let connectionId: string;

  beforeAll(async () => {
    scene = await ConnectScene.start({ slugs: ['notes', 'stranger'], exportSeconds: 2 });
    site = await scene.site('notes');
    stranger = await scene.site('stranger');
    connectionId = await (await scene.user(site, 'ada')).connectCrm(scene.scenario);
  });
  afterAll(() => scene?.close());
  beforeEach(async () => {
    person = await scene.person();
    page = await visit(person, site);
  });
  afterEach(() => person?.close());

  /** Runs in the page; an EmbedError comes out as its members. */
  const inPage = (code: string): Promise<unknown> =>
    page.evaluate(`(async () => { ${code} })().catch((error) => ({
      isEmbedError: error instanceof EmbedError, code: error.code, message: error.message, runId: error.runId }))`);
  const actionId = async (key: string) => (await scene.user(site, 'ada')).actionId(key);

  test('lists the apps and the connections of the person who is signed in', async () => {
    expect(await inPage(`return embed.apps({ query: 'acme' })`)).toEqual([
      expect.objectContaining({ key: 'acme-crm', title: 'Acme CRM' }),
    ]);
    expect(await inPage(`return embed.apps({ query: 'nothing like it' })`)).toEqual([]);
    const list = `return embed.connections({ app: (await embed.apps())[0].id })`;
    expect(await inPage(list)).toEqual([
      expect.objectContaining({ id: connectionId, status: 'connected', title: 'Acme CRM ada@acme-crm.test' }),
    ]);
    page = await visit(person, site, 'eve');
    expect(await inPage(list)).toEqual([]);
  });

  test('runs an action that ends at once, and one that takes its time', async () => {
    const inputs = { email: 'from-the-page@hopper.test', list_id: 'lst_leads' };
    const create = { action: await actionId('create_contact'), authentication: connectionId, inputs };
    expect(await inPage(`return embed.run(${JSON.stringify(create)})`)).toMatchObject({
      status: 'success',
      results: [{ email: inputs.email }],
    });
    expect(await scene.scenario.crmContacts()).toContain(inputs.email);
    const slow = {
      action: await actionId('export_contacts'),
      authentication: connectionId,
      inputs: { format: 'json' },
    };
    expect(await inPage(`return embed.run(${JSON.stringify(slow)})`)).toMatchObject({ results: [{ status: 'done' }] });
  });

  test('tells by a code what went wrong: the call, the run, or the person who gave up', async () => {
    const refused = { action: await actionId('create_contact'), authentication: connectionId, inputs: {} };
    expect(await inPage(`return embed.run(${JSON.stringify(refused)})`)).toMatchObject({
      isEmbedError: true,
      code: 'invalid',
    });
    const inputs = { email: 'x@hopper.test', list_id: 'lst_nowhere' };
    expect(await inPage(`return embed.run(${JSON.stringify({ ...refused, inputs })})`)).toEqual({
      isEmbedError: true,
      code: 'user',
      message: 'There is no list lst_nowhere.',
      runId: expect.any(String),
    });
    const slow = {
      action: await actionId('export_contacts'),
      authentication: connectionId,
      inputs: { format: 'json' },
    };
    expect(
      await inPage(`const signal = AbortSignal.timeout(500); return embed.run(${JSON.stringify(slow)}, { signal })`),
    ).toMatchObject({ isEmbedError: true, code: 'aborted' });
  });

  test('a token that has ended is replaced, unseen by the page', async () => {
    await inPage('return embed.apps()');
    const { partner, lastToken } = site;
    const form = { token: lastToken, client_id: partner?.clientId ?? '', client_secret: partner?.clientSecret ?? '' };
    await scene.scenario.gatehouse.call('POST', '/oauth/revoke', { form });
    await vi.waitUntil(async () => (await scene.scenario.gatehouse.get('/v2/apps', lastToken)).status === 401, {
      timeout: 20_000,
    });
    const before = site.handedOut.tokens;
    expect(await inPage('return embed.apps()')).toEqual([expect.objectContaining({ key: 'acme-crm' })]);
    expect(site.handedOut.tokens).toBe(before + 1);
    expect(site.lastToken).not.toBe(lastToken);
  });

  test('a page of another origin can do nothing with a token that it got hold of, registered or not', async () => {
    await inPage('return embed.apps()');
    const use = `fetch('${scene.url}/v2/apps', { headers: { authorization: 'Bearer ${site.lastToken}' } })
      .then((response) => response.status, (error) => error.name)`;
    expect(await page.evaluate(use)).toBe(200);
    expect(await (await visit(person, stranger)).evaluate(use)).toBe('TypeError');
    const unknown = await person.newPage();
    await unknown.goto(scene.scenario.crm.url);
    expect(await unknown.evaluate(use)).toBe('TypeError');
  });
});
