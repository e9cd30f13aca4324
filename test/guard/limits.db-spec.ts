import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits, type LimitName } from '#libs/limits';
import { Partner } from '../main-job/partner.js';
import { readLimits, type DocumentedLimit } from './limit-table.js';
import { errorOf, LimitedScene } from './limits-scene.js';
import { rates } from './rates.js';
import { quotas, requestLimits } from './request-limits.js';

const documented = readLimits();
const among = (names: object): DocumentedLimit[] => documented.filter(({ name }) => Object.hasOwn(names, name));

let scene: LimitedScene;

beforeAll(async () => {
  scene = await LimitedScene.start();
});
afterAll(() => scene?.close());

it('each documented limit is tried here, and each that is tried is documented', () => {
  const tried = [requestLimits, quotas, rates].flatMap((names) => Object.keys(names));
  expect(documented.map(({ name }) => name).toSorted()).toEqual(tried.toSorted());
});

it('the rates are documented as they are', () => {
  const rows = among(limits).map(({ name, most }) => [name, most]);
  expect(Object.fromEntries(rows)).toEqual(limits);
});

describe('of a request', () => {
  it.each(among(requestLimits))('$name: $most, beyond that $error', async ({ name, most, error }) => {
    const send = requestLimits[name] ?? expect.fail();
    if (error === 'as many are answered') {
      const asked = name === 'admin-page' ? await rowsFor(most + 1) : 0;
      expect(asked).toBe(0);
      expect(await send(scene, most)).toBe(`${most} are answered`);
      expect(await send(scene, most + 1)).toBe(`${most} are answered`);
      return;
    }
    const [within, beyond] = [await send(scene, most), await send(scene, most + 1)];
    expect(errorOf(beyond)).toBe(error);
    expect(errorOf(within)).not.toBe(error);
  });
});

/** So many entries of the audit. */
async function rowsFor(count: number): Promise<number> {
  const made = Array.from({ length: count }, () => scene.admin('PATCH', '/admin/tenants/acme-notes', { name: 'Acme' }));
  const answers = await Promise.all(made);
  return answers.filter(({ status }) => status !== 200).length;
}

describe('of a tenant', () => {
  it.each(among(quotas))('$name: $most, beyond that $error', async ({ name, most, error }) => {
    const send = quotas[name] ?? expect.fail();
    const answers: string[] = [];
    while (answers.at(-1) !== error && answers.length <= most) answers.push(errorOf(await send(scene, 1)));
    expect(answers.at(-1)).toBe(error);
    expect(new Set(answers.slice(0, -1)).size).toBe(1);
    expect(answers.length - 1).toBe(most - (BEFORE[name] ?? 0));
  });

  it('of ten that are asked for together, no more are made than there is room for', async () => {
    const { slug } = await Partner.enrol(scene.gatehouse, { slug: 'roomy' });
    const add = () => scene.admin('POST', `/admin/tenants/${slug}/clients`, { name: 'A', grants: [], scopes: [] });
    for (let made = 1; made < 95; made += 1) await add();
    const statuses = (await Promise.all(Array.from({ length: 10 }, add))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(5);
    expect(statuses.filter((status) => status === 409)).toHaveLength(5);
  });
});

/** What the tenant has from the beginning, or from the tests before. */
const BEFORE: Record<string, number> = { webhooks: 1, 'webhook-secrets': 1, clients: 1, 'signing-keys': 1 };

describe('in a minute', () => {
  it.each(among(rates))('$name: $most, beyond that $error', async ({ name, most, error }) => {
    const limit = name as LimitName;
    const { of, send } = rates[limit];
    const [last, refused] = await scene.spent(...of(scene), limit, () => send(scene));
    expect(errorOf(last)).not.toBe(error);
    expect(errorOf(refused)).toBe(error);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect([null, String(most)]).toContain(refused.headers.get('x-ratelimit-limit'));
  });

  it('/v1 is counted as /v2 is', async () => {
    const [tenantId, subject] = rates.user.of(scene);
    const [last, refused] = await scene.spent(tenantId, subject, 'user', () => scene.user.get('/v1/apps'));
    expect([last.status, last.headers.get('x-ratelimit-remaining')]).toEqual([200, '0']);
    expect(refused.status).toBe(429);
    expect(refused.json).toEqual({
      errors: [expect.stringMatching(/^Too many requests\. Send the next one in \d+ s\.$/)],
    });
  });
});
