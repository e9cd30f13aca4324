import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, findChromium } from '#libs/testing';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
}

export async function launchChromium(): Promise<Browser> {
  const found = await findChromium();
  if ('missing' in found) throw new Error(found.missing);
  return chromium.launch({ executablePath: found.path, args: [...CHROMIUM_ARGUMENTS] });
}

/** A tab of a new profile, which remembers what its pages complained about and what they loaded. */
export class Tab {
  readonly complaints: string[] = [];
  readonly loaded: { url: string; status: number; bytes: Promise<number> }[] = [];

  private constructor(readonly page: Page) {
    // Chromium writes each page that is no success to the console as well: `loaded` has them.
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        this.complaints.push(message.text());
      }
    });
    page.on('response', (response) => {
      const bytes = response.body().then(
        (body) => body.length,
        () => 0,
      );
      this.loaded.push({ url: response.url(), status: response.status(), bytes });
    });
  }

  static async open(browser: Browser, options: BrowserContextOptions = {}): Promise<Tab> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(20_000);
    return new Tab(await context.newPage());
  }

  /** What axe finds, by rule, with the elements. */
  async axe(): Promise<string[]> {
    await this.page.evaluate(axeSource);
    const { violations } = await this.page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<AxeResult> } }).axe.run(),
    );
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  /** Whether the page is wider than its window. */
  overflows(): Promise<boolean> {
    return this.page.evaluate('document.documentElement.scrollWidth > innerWidth');
  }

  async bytes(): Promise<number> {
    return (await Promise.all(this.loaded.map(({ bytes }) => bytes))).reduce((sum, one) => sum + one, 0);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
