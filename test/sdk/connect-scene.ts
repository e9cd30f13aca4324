import { chromium, type Browser, type BrowserContext, type LaunchOptions, type Page } from 'playwright-core';
import { vi } from 'vitest';
import { CHROMIUM_ARGUMENTS, findChromium } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import { Scenario, type ScenarioOptions } from '../main-job/scenario.js';
import { EmbedSite, type SiteOptions } from './embed-site.js';

const found = await findChromium();
export const isMissing = 'missing' in found;
/** The title of a suite that needs a browser: where there is none it says so. */
export const inBrowser = (title: string) => ('missing' in found ? `${title} (skipped: ${found.missing})` : title);

/** The built service, the CRM, a partner's site and a browser: each on an origin of its own. */
export class ConnectScene {
  private readonly sites: EmbedSite[] = [];

  private constructor(
    readonly scenario: Scenario,
    readonly browser: Browser,
  ) {}

  static async start(options: ScenarioOptions = {}, launch: LaunchOptions = {}): Promise<ConnectScene> {
    const scenario = await Scenario.start(options);
    const executablePath = 'path' in found ? found.path : '';
    const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_ARGUMENTS], ...launch });
    return new ConnectScene(scenario, browser);
  }

  /** A partner with a site of its own that may use the CRM. */
  async site(slug: string, options: Partial<SiteOptions> & { connect_policy?: 'zapier' } = {}): Promise<EmbedSite> {
    const { connect_policy, ...own } = options;
    const site = await EmbedSite.start({ host: '127.0.0.1', gatehouseUrl: this.url, ...own });
    this.sites.push(site);
    const policy = connect_policy && { connect_policy };
    site.partner = await this.scenario.enrol({ slug, ...site.registration, ...policy });
    return site;
  }

  get url(): string {
    return this.scenario.gatehouse.url;
  }

  /** A person's browser: cookies of its own. */
  async person(): Promise<BrowserContext> {
    const context = await this.browser.newContext();
    context.setDefaultTimeout(15_000);
    return context;
  }

  async user(site: EmbedSite, user: string): Promise<EmbedUser> {
    if (!site.partner) throw new Error('The site has no partner.');
    return EmbedUser.signIn(this.scenario.gatehouse, site.partner, user);
  }

  /** The user's connections to an app: status by id. */
  async connections(site: EmbedSite, user: string, app = 'acme-crm'): Promise<Record<string, string>> {
    const caller = await this.user(site, user);
    const apps = (await caller.get('/v2/apps?limit=100')).json as { data: { id: string; key: string }[] };
    const id = apps.data.find(({ key }) => key === app)?.id;
    const { data } = (await caller.get(`/v2/authentications?limit=100&app=${id}`)).json as {
      data: { id: string; status: string }[];
    };
    return Object.fromEntries(data.map((connection) => [connection.id, connection.status]));
  }

  async close(): Promise<void> {
    await this.browser.close();
    await Promise.all(this.sites.map((site) => site.close()));
    await this.scenario.close();
  }
}

/** Opens the site's page and waits until its script has loaded. */
export async function visit(context: BrowserContext, site: EmbedSite, user = 'ada'): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.origin}/?user=${user}`);
  await page.locator('body[data-ready]').waitFor();
  return page;
}

/** What the page on which a redirect ended made of its address, which it then cleaned; null where that held nothing. */
export async function arrived(page: Page, site: EmbedSite): Promise<unknown> {
  await vi.waitUntil(() => page.url() === site.connected, { timeout: 15_000 });
  await page.locator('body[data-ready]').waitFor();
  return page.evaluate('arrived');
}

/** Presses the site's Connect button. @returns the window that it opened */
export async function pressConnect(page: Page, options: Record<string, unknown> = {}): Promise<Page> {
  await page.evaluate(`Object.assign(options, ${JSON.stringify(options)})`);
  const opened = page.waitForEvent('popup');
  await page.locator('#connect').click();
  return opened;
}

/** What came of the page's calls, once there is as much as expected. */
export async function results(page: Page, count = 1): Promise<unknown[]> {
  await page.waitForFunction(`results.length >= ${count}`);
  return page.evaluate('JSON.parse(JSON.stringify(results))');
}

/** From the consent page to the CRM's question; a browser that is signed in there is not asked again. */
export async function goToCrm(popup: Page, email = 'ada@acme-crm.test'): Promise<void> {
  await popup.locator('[data-connect="continue"]').click();
  await popup.locator('[name="email"]').fill(email);
  await popup.locator('[data-crm="login"]').click();
  await popup.locator('[data-crm="allow"]').waitFor();
}

export async function allow(popup: Page): Promise<void> {
  await popup.locator('[data-crm="allow"]').click();
}
