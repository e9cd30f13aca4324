import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { EmbedUser } from './embed-user.js';
import { Scenario } from './scenario.js';

/** Due after half of it, at the latest. */
const TOKEN_SECONDS = 20;

let scenario: Scenario;
let ada: EmbedUser;
let authentication: string;

beforeAll(async () => {
  scenario = await Scenario.start({ accessTokenSeconds: TOKEN_SECONDS });
  ada = await EmbedUser.signIn(scenario.gatehouse, await scenario.enrol(), 'ada');
  authentication = await ada.connectCrm(scenario);
});
afterAll(() => scenario.close());

test('a token is renewed before it ends, with nobody asking, and runs go on after its end', async () => {
  const path = `/v2/authentications/${authentication}`;
  const first = await ada.get(path);
  const firstEnd = Date.parse(first.at('data.expires_at'));
  const renewed = await vi.waitFor(
    async () => {
      const answer = await ada.get(path);
      if (answer.at('data.last_refreshed_at') <= first.at('data.last_refreshed_at')) throw new Error('Not yet.');
      return answer;
    },
    { timeout: TOKEN_SECONDS * 1000, interval: 200 },
  );
  expect(Date.parse(renewed.at('data.last_refreshed_at'))).toBeLessThan(firstEnd);
  expect(Date.parse(renewed.at('data.expires_at'))).toBeGreaterThan(firstEnd);
  expect(renewed.at('data.status')).toBe('connected');

  await vi.waitUntil(() => Date.now() > firstEnd, { timeout: (TOKEN_SECONDS + 5) * 1000, interval: 100 });
  const inputs = { email: 'later@hopper.test', list_id: 'lst_leads' };
  const run = await ada.ended(await ada.run('create_contact', authentication, inputs));
  expect(run.at('data.status')).toBe('success');
});
