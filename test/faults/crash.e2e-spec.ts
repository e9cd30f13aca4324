import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { freePort } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import { Scenario } from '../main-job/scenario.js';

/** What a killed worker had in hand is due again after its lease of 45 s. */
const LEASE_SECONDS = 45;
const ENDS_IN_SECONDS = 10;

let scenario: Scenario;
let ada: EmbedUser;
let authentication: string;

beforeEach(async () => {
  scenario = await Scenario.start({ exportSeconds: 6 });
  ada = await EmbedUser.signIn(scenario.gatehouse, await scenario.enrol(), 'ada');
  authentication = await ada.connectCrm(scenario);
});
afterEach(() => scenario.close());

const service = () => {
  const running = scenario.services.at(-1);
  if (!running) throw new Error('No service was started.');
  return running;
};
const inState = (run: string, state: string) =>
  vi.waitFor(
    async () => {
      const now = (await ada.get(`/v2/action-runs/${run}`)).at('data.state');
      if (now !== state) throw new Error(`The run is ${now}, not ${state}.`);
    },
    { timeout: 20_000, interval: 20 },
  );
const contact = (name: string) => ({ email: `${name}@faults.test`, list_id: 'lst_leads' });
const countInCrm = async (name: string) => {
  const rows = await scenario.crmContacts();
  return rows.split(`<div class="soft small">${name}@faults.test</div>`).length - 1;
};

describe('after SIGKILL and a start on the same database', () => {
  test('an export that was polled is polled on, and the connection still works', async () => {
    const run = await ada.run('export_contacts', authentication, { format: 'csv' });
    await inState(run, 'polling');
    await service().kill();
    await scenario.startService();
    const ended = await ada.ended(run, LEASE_SECONDS + 20);
    expect(ended.json).toMatchObject({ data: { status: 'success', results: [{ status: 'done' }] } });
    const after = await ada.ended(await ada.run('create_contact', authentication, contact('after-crash')));
    expect(after.at('data.status')).toBe('success');
  });

  test('a run that was queued is executed, once', async () => {
    // Nobody takes it: this process only answers requests.
    await service().stop();
    await scenario.startService({ ROLES: 'api' });
    const run = await ada.run('create_contact', authentication, contact('queued'));
    expect((await ada.get(`/v2/action-runs/${run}`)).at('data.state')).toBe('queued');
    await service().kill();
    await scenario.startService();
    expect((await ada.ended(run, LEASE_SECONDS + 20)).at('data.status')).toBe('success');
    expect(await countInCrm('queued')).toBe(1);
  });

  test('a run that was created a moment before ends, and its contact is never there twice', async () => {
    const run = await ada.run('create_contact', authentication, contact('moment'));
    await service().kill();
    await scenario.startService();
    const ended = await ada.ended(run, LEASE_SECONDS + 20);
    // Whether the request had gone out is not known: then it says so, instead of sending it again.
    expect(ended.at('data.state')).toMatch(/^(succeeded|outcome_unknown)$/);
    expect(await countInCrm('moment')).toBeLessThanOrEqual(1);
    if (ended.at('data.state') === 'succeeded') expect(await countInCrm('moment')).toBe(1);
  });
});

test('SIGTERM ends it with 0 within 10 s, and what was not finished ends after the next start', async () => {
  const runs = [
    await ada.run('export_contacts', authentication, { format: 'json' }),
    ...(await Promise.all(['a', 'b', 'c'].map((name) => ada.run('create_contact', authentication, contact(name))))),
  ];
  const began = Date.now();
  expect(await service().stop()).toBe(0);
  expect(Date.now() - began).toBeLessThan(ENDS_IN_SECONDS * 1000);
  await expect(fetch(`${scenario.gatehouse.url}/health/live`)).rejects.toThrow();

  await scenario.startService();
  for (const run of runs) expect((await ada.ended(run, LEASE_SECONDS + 20)).at('data.status')).toBe('success');
  for (const name of ['a', 'b', 'c']) expect(await countInCrm(name)).toBe(1);
});

test('two processes on one database share the work: each run is executed once, whoever was asked', async () => {
  const second = await scenario.startService({ PORT: String(await freePort()) });
  const names = Array.from({ length: 10 }, (_, index) => `shared-${index}`);
  const action = await ada.actionId('create_contact');
  const urls = [scenario.gatehouse.url, second.url];
  const runs = await Promise.all(
    names.map(async (name, index) => {
      const response = await fetch(`${urls[index % 2]}/v2/action-runs`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ada.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ data: { action, authentication, inputs: contact(name) } }),
      });
      const { data } = (await response.json()) as { data: { id: string } };
      return data.id;
    }),
  );
  for (const run of runs) expect((await ada.ended(run)).at('data.status')).toBe('success');
  for (const name of names) expect(await countInCrm(name)).toBe(1);
  for (const url of urls) expect((await fetch(`${url}/health/ready`)).status).toBe(200);
});
