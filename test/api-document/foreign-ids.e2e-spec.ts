import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import { Scenario } from '../main-job/scenario.js';
import { furnish, type FurnishedTenant, type Holdings } from './furnished-tenant.js';
import { exemptOperations, reasonNotToTry, thingsIn } from './ids.js';
import { pathWith, readOperations, type Operation } from './operations.js';
import { leastOf } from './sample.js';

interface Case {
  title: string;
  bearer: string;
  /** Of the things that the path names. */
  foreign: Holdings;
  /** The same, with the foreign one replaced by one that nobody has. */
  missing: Holdings;
}

const withIds = readOperations().filter(({ path }) => path.includes('{'));
const tried = withIds.filter(({ name }) => reasonNotToTry(name) === undefined);

let scenario: Scenario;
let acme: FurnishedTenant;
let other: FurnishedTenant;
let casesTried = 0;
let before: string[];

beforeAll(async () => {
  scenario = await Scenario.start({ slugs: ['acme-notes', 'other-notes'] });
  acme = await furnish(scenario, 'acme-notes');
  other = await furnish(scenario, 'other-notes');
  before = await Promise.all([heldBy(other), evesHoldings()]);
});
afterAll(async () => {
  await scenario?.close();
  console.info(`${tried.length} of ${withIds.length} operations with an id, ${casesTried} foreign ids tried`);
});

/** In the form of the one that is there: a malformed id must not be told from one that is another's by accident of the test. */
function nobodys(thing: string, real: string): string {
  if (thing === 'slug' || thing === 'upstream') return 'nobody-at-all';
  if (thing === 'action') return `core:${randomUUID()}.find_things`;
  return /^[0-9a-f-]{36}$/.test(real) ? randomUUID() : `${real.slice(0, 3)}${'x'.repeat(real.length - 3)}`;
}

function caseOf(title: string, bearer: string, own: Holdings, foreign: Holdings, things: readonly string[]): Case {
  const taken = Object.fromEntries(things.map((thing) => [thing, foreign[thing] ?? '']));
  const none = Object.fromEntries(things.map((thing) => [thing, nobodys(thing, foreign[thing] ?? '')]));
  return { title, bearer, foreign: { ...own, ...taken }, missing: { ...own, ...none } };
}

/** Who asks for what of whose. */
function casesOf({ security, path }: Operation): Case[] {
  const things = Object.values(thingsIn(path));
  const mine = { ...acme.own, ...acme.adas };
  const theirs = { ...other.own, ...other.adas };
  if (security.includes('user')) {
    const cases = [caseOf("another tenant's", acme.ada.token, mine, theirs, things)];
    const isOfTheTenant = things.includes('action');
    return isOfTheTenant ? cases : [...cases, caseOf("another user's", acme.ada.token, mine, acme.eves, things)];
  }
  if (security.includes('app')) return [caseOf("another tenant's", acme.appToken, mine, theirs, things)];
  if (!security.includes('admin')) return [caseOf('without its cookie', '', {}, mine, things)];
  const admin = scenario.gatehouse.adminToken;
  if (!things.includes('slug')) return [caseOf("a tenant's, as the platform's", admin, {}, theirs, things)];
  const inner = things.filter((thing) => thing !== 'slug');
  return [
    caseOf("another tenant's, with a key of one's own", acme.adminKey, mine, theirs, things),
    ...(inner.length === 0 ? [] : [caseOf("another tenant's, as one's own", admin, mine, theirs, inner)]),
  ];
}

function ask(operation: Operation, holdings: Holdings, bearer: string): Promise<Answer> {
  const things = thingsIn(operation.path);
  const values = Object.fromEntries(Object.entries(things).map(([name, thing]) => [name, holdings[thing] ?? '']));
  const needed = operation.parameters.filter(({ in: place, required }) => place === 'query' && required);
  const query = needed.map(({ name }) => `${name}=acme-crm`).join('&');
  const body = operation.body && bodyOf(operation);
  return scenario.gatehouse.call(operation.method, `${pathWith(operation.path, values)}?${query}`, {
    ...(bearer !== '' && { bearer }),
    ...(body !== null && (operation.body?.type === 'application/json' ? { json: body } : { form: body as never })),
  });
}

/** Good ones: what is refused for its body has not been looked up. */
function bodyOf({ name, body }: Operation): unknown {
  const bodies: Record<string, unknown> = {
    'PUT /admin/tenants/{slug}/upstreams/{name}': { ...(leastOf(body?.schema ?? {}) as object), client_secret: 'x' },
    'POST /admin/tenants/{slug}/connections/export': {
      jwk: { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' },
    },
    'POST /admin/tenants/{slug}/connections/import': { connections: [{}], dry_run: true },
    'POST /admin/tenants/{slug}/revocations': { dry_run: true },
    'POST /admin/tenants/{slug}/webhooks/{id}/replay': { since: '2026-01-31T12:00:00Z' },
  };
  return bodies[name] ?? leastOf(body?.schema ?? {});
}

/** Everything that is the other's, as they see it. */
async function heldBy({ slug, ada, appToken, adas, own }: FurnishedTenant): Promise<string> {
  const { gatehouse } = scenario;
  const seen = await Promise.all([
    ada.get(`/v2/authentications/${adas.authentication}`),
    ada.get(`/v2/connect-attempts/${adas.attempt}`),
    ada.get(`/v2/connect-links/${adas.link}`),
    gatehouse.get(`/v2/webhooks/${own.webhook}`, appToken),
    gatehouse.admin('GET', `/admin/tenants/${slug}`),
    gatehouse.admin('GET', `/admin/tenants/${slug}/clients`),
    gatehouse.admin('GET', `/admin/tenants/${slug}/users/${adas.user}`),
    gatehouse.admin('GET', `/admin/tenants/${slug}/keys/policy`),
  ]);
  return seen
    .map(({ status, text }) => `${status} ${text.replace(/"(?:failing|disabled)_\w+":[^,}]+/g, '')}`)
    .join('\n');
}

async function evesHoldings(): Promise<string> {
  const { eve, eves } = acme;
  const paths = [
    `authentications/${eves.authentication}`,
    `connect-attempts/${eves.attempt}`,
    `connect-links/${eves.link}`,
  ];
  const seen = await Promise.all(paths.map((path) => eve.get(`/v2/${path}`)));
  return seen.map(({ status, text }) => `${status} ${text}`).join('\n');
}

describe.each(tried)('$name', (operation) => {
  it("answers an id of somebody else's as one of nobody's, and tells nothing of theirs", async () => {
    expect(Object.keys(thingsIn(operation.path)), 'decide in ids.ts what its parameters name').not.toEqual([]);
    const cases = casesOf(operation).filter(({ title }) => reasonFor(operation, title) === undefined);
    expect(cases).not.toEqual([]);
    for (const { title, bearer, foreign, missing } of cases) {
      const [answer, none] = [await ask(operation, foreign, bearer), await ask(operation, missing, bearer)];
      expect(answer.status, `${title}: ${answer.text}`).toBe(operation.security.length === 0 ? none.status : 404);
      expect(neutral(operation, answer, foreign), title).toBe(neutral(operation, none, missing));
      casesTried += 1;
    }
  });
});

/** The text without the ids that were asked for, and without what a page has for itself. */
function neutral({ path }: Operation, { text }: Answer, asked: Holdings): string {
  const nonceless = text.replaceAll(/nonce="[^"]+"/g, '');
  return Object.values(thingsIn(path)).reduce((left, thing) => left.replaceAll(asked[thing] ?? '-', '…'), nonceless);
}

/** Where an id of another's is a free name in one's own tenant. */
function reasonFor({ name }: Operation, title: string): string | undefined {
  if (name === 'PUT /admin/tenants/{slug}/upstreams/{name}' && title === "another tenant's, as one's own")
    return 'It makes an upstream of that name.';
  return undefined;
}

it('no operation is exempt that there is not', () => {
  const names = withIds.map(({ name }) => name);
  expect(exemptOperations().filter((name) => !names.includes(name))).toEqual([]);
});

it('what was asked for so often is as it was', async () => {
  expect(await Promise.all([heldBy(other), evesHoldings()])).toEqual(before);
});
