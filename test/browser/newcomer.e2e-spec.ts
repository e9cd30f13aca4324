import { once } from 'node:events';
import { createServer } from 'node:http';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CHROMIUM_ARGUMENTS, findChromium, freePort, isFree, temporaryFolder } from '#libs/testing';
import { DemoProcess } from './demo-process.js';

const found = await findChromium();
const title = 'missing' in found ? `the demo in a browser (skipped: ${found.missing})` : 'the demo in a browser';
const GATEHOUSE_ENDS_IN_SECONDS = 10;

/** What a newcomer does after `npm start`, one step after another: a failing step fails those after it. */
describe.skipIf('missing' in found)(title, () => {
  const folder = temporaryFolder('demo');
  /** Errors that the pages wrote to their console. */
  const complaints: string[] = [];
  let port: number;
  let demo: DemoProcess;
  let browser: Browser;
  let context: BrowserContext;
  let notes: Page;

  beforeAll(async () => {
    port = await freePort(3);
    demo = await new DemoProcess(folder.path, port).ready();
    const executablePath = 'path' in found ? found.path : '';
    browser = await chromium.launch({ executablePath, args: [...CHROMIUM_ARGUMENTS] });
    context = await browser.newContext();
    context.setDefaultTimeout(20_000);
    context.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    context.on('weberror', (error) => complaints.push(error.error().message));
    notes = await context.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.end();
    folder.remove();
  });

  const createContact = async (email: string) => {
    await notes.locator('[data-action="create_contact"]').click();
    await notes.locator('[name="email"]').fill(email);
    // A live choice: the option is there once the CRM was asked.
    await notes.locator('[name="list_id"]').selectOption({ label: 'Leads' });
    await notes.locator('[data-notes="run"]').click();
    const run = notes.locator('[data-run]').first();
    await run.and(notes.locator('[data-status="waiting"]')).waitFor();
    await run.and(notes.locator('[data-status="success"]')).waitFor();
    await run.getByText(email).waitFor();
  };
  const crmShows = async (email: string) => {
    const crm = await context.newPage();
    await crm.goto(demo.crmUrl);
    await crm.getByText(email).first().waitFor();
    await crm.close();
  };

  test('the page that the Ready line names offers Acme CRM, not connected', async () => {
    expect(demo.output).toContain(`Open ${demo.notesUrl}`);
    await notes.goto(demo.notesUrl);
    await notes.locator('[data-app="acme-crm"]').click();
    await notes.locator('[data-app="acme-crm"]').getByText('Not connected').waitFor();
  });

  test('Connect opens a window, goes through login and consent of the CRM, and shows the account by name', async () => {
    const opened = notes.waitForEvent('popup');
    await notes.locator('[data-notes="connect"]').click();
    const popup = await opened;
    await popup.locator('[data-connect="continue"]').click();
    await popup.locator('[data-crm="login"]').click();
    const closed = popup.waitForEvent('close');
    await popup.locator('[data-crm="allow"]').click();
    await closed;
    await expect.poll(() => notes.locator('[data-notes="account"]').textContent()).toBe('ada@acme-crm.test');
    await notes.locator('[data-app="acme-crm"]').getByText('Connected', { exact: true }).waitFor();
    await notes.getByText('Token last refreshed').waitFor();
  });

  test('Create contact runs, and the contact is in the CRM', async () => {
    await createContact('grace@hopper.test');
    await crmShows('grace@hopper.test');
  });

  test('Export contacts waits for the CRM and finishes later', async () => {
    await notes.locator('[data-action="export_contacts"]').click();
    await notes.locator('[name="format"]').selectOption({ index: 1 });
    await notes.locator('[data-notes="run"]').click();
    const run = notes.locator('[data-run]').first();
    await run.and(notes.locator('[data-status="waiting"]')).waitFor();
    await run.and(notes.locator('[data-status="success"]')).waitFor();
    await run.getByText('download_url').waitFor();
  });

  test('the pages complained of nothing', () => {
    expect(complaints).toEqual([]);
  });

  test('Ctrl-C ends it with 0, frees its ports and leaves no process behind', async () => {
    const server = demo.serverPid();
    const began = Date.now();
    expect(await demo.interrupt()).toBe(0);
    expect(Date.now() - began).toBeLessThan(GATEHOUSE_ENDS_IN_SECONDS * 1000);
    await vi.waitUntil(() => !demo.isAlive(server), { timeout: 20_000 });
    for (const taken of [port, port + 1, port + 2]) expect(await isFree(taken), `port ${taken}`).toBe(true);
  });

  test('a second start finds the account still connected', async () => {
    demo = await new DemoProcess(folder.path, port).ready();
    await notes.goto(demo.notesUrl);
    await expect.poll(() => notes.locator('[data-notes="account"]').textContent()).toBe('ada@acme-crm.test');
    await createContact('second@hopper.test');
  });

  test('after a crash the next start takes up what was left, and a run works', async () => {
    await demo.kill();
    demo = await new DemoProcess(folder.path, port).ready();
    await notes.goto(demo.notesUrl);
    await createContact('third@hopper.test');
    await crmShows('third@hopper.test');
    await crmShows('grace@hopper.test');
  });
});

test.each([0, 1, 2])('a start whose port + %i is taken ends at once and names that port', async (offset) => {
  using folder = temporaryFolder('busy');
  const port = await freePort(3);
  const taken = createServer().listen(port + offset, '127.0.0.1');
  await once(taken, 'listening');
  try {
    const demo = new DemoProcess(folder.path, port);
    expect(await demo.exitCode()).toBe(1);
    expect(demo.output).toContain(`Port ${port + offset} is in use.`);
    expect(demo.output).not.toMatch(/^\s+at /m);
  } finally {
    taken.close();
  }
});
