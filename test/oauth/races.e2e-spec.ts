import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { freePort, queryOnce } from '#libs/testing';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { type Partner, TOKEN_EXCHANGE, types } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import {
  addClient,
  Browser,
  CALLBACK,
  LOGIN_URL,
  type OauthClient,
  setLoginUrl,
  token,
} from './authorization-scene.js';

/** `OAUTH_RACE_ROUNDS=200` is the full run. */
const ROUNDS = Number(process.env.OAUTH_RACE_ROUNDS ?? 3);
const AT_ONCE = 50;
/** Longer than a spent refresh token is answered with its successor. */
const PAST_GRACE_SECONDS = 31;
const timeout = 60_000 + ROUNDS * 3000;

let scenario: Scenario;
let partner: Partner;
let client: OauthClient;
/** Two processes on one database. */
let members: [Gatehouse, Gatehouse];
/** For how long after the answer that ended them tokens were still good somewhere, in milliseconds. */
let felt: number[];

beforeAll(async () => {
  scenario = await Scenario.start();
  const { url } = await scenario.startService({ PORT: String(await freePort()) });
  members = [scenario.gatehouse, new Gatehouse(url, scenario.gatehouse.adminToken)];
  partner = await scenario.enrol();
  await setLoginUrl(scenario.gatehouse, partner, LOGIN_URL);
  client = await addClient(scenario.gatehouse, partner);
});
beforeEach(() => {
  felt = [];
});
afterAll(() => scenario.close());

const race = (send: (at: Gatehouse) => Promise<Answer>) =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, index) => send(members[index % 2 ? 1 : 0])));

async function newCode(): Promise<string> {
  const end = await new Browser(scenario.gatehouse, partner).authorize('ada', { client_id: client.clientId });
  return end.searchParams.get('code') ?? '';
}

const redeem = (code: string, at: Gatehouse) =>
  token(at, client, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK });
const refresh = (refreshToken: string, at: Gatehouse) =>
  token(at, client, { grant_type: 'refresh_token', refresh_token: refreshToken });

/** The one of the answers that is a success. @throws unless all others have the error */
function winner(answers: Answer[], error: string): Answer {
  const won = answers.filter(({ status }) => status === 200);
  expect(won).toHaveLength(1);
  for (const lost of answers.filter((answer) => !won.includes(answer))) expectRefusal(lost, 'oauth', 400, { error });
  return won[0] ?? expect.fail('Nobody won.');
}

/** Everywhere. @throws when it takes longer than a second */
async function expectEnded(bearers: string[]): Promise<void> {
  const since = performance.now();
  for (const bearer of bearers) {
    for (const at of members) {
      while ((await at.get('/v2/apps', bearer)).status !== 401) expect(performance.now() - since).toBeLessThan(1000);
    }
  }
  felt.push(performance.now() - since);
}

function report(what: string): void {
  const slowest = felt.length === 0 ? '' : `; refused everywhere after ${Math.max(...felt).toFixed(0)} ms at most`;
  console.log(`${ROUNDS} times ${AT_ONCE} ${what}${slowest}`);
}

test(`of ${AT_ONCE} redemptions of a code one wins, and what it got ends`, { timeout }, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const code = await newCode();
    const won = winner(await race((at) => redeem(code, at)), 'invalid_grant');
    await expectEnded([won.at('access_token')]);
    for (const at of members) {
      expectRefusal(await refresh(won.at('refresh_token'), at), 'oauth', 400, { error: 'invalid_grant' });
    }
  }
  report('redemptions of a code: one success each');
});

test(
  `${AT_ONCE} uses of a refresh token get one pair, and one after the grace ends the family`,
  { timeout },
  async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const first = await redeem(await newCode(), members[0]);
      const spent = first.at('refresh_token');
      const answers = await race((at) => refresh(spent, at));
      const pairs = new Set(answers.map((answer) => `${answer.at('access_token')} ${answer.at('refresh_token')}`));
      expect(pairs.size).toBe(1);
      const [access = '', successor = ''] = [...pairs].join().split(' ');
      expect(successor).not.toBe(spent);
      for (const at of members) expect((await at.get('/v2/apps', access)).status).toBe(200);

      const past = `UPDATE refresh_tokens SET spent_at = spent_at - $1 * interval '1 second'`;
      await queryOnce(scenario.databaseUrl, past, [PAST_GRACE_SECONDS]);
      expectRefusal(await refresh(spent, members[round % 2 ? 1 : 0]), 'oauth', 400, { error: 'invalid_grant' });
      await expectEnded([first.at('access_token'), access]);
      for (const at of members) {
        expectRefusal(await refresh(successor, at), 'oauth', 400, { error: 'invalid_grant' });
      }
    }
    report('uses of a refresh token: one pair each');
  },
);

test(`of ${AT_ONCE} exchanges of a JWT with a jti one wins`, { timeout }, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const subject = { subject_token: await partner.jwt('ada'), subject_token_type: types.externalJwt };
    const own = { clientId: partner.clientId, clientSecret: partner.clientSecret };
    winner(await race((at) => token(at, own, { grant_type: TOKEN_EXCHANGE, ...subject })), 'invalid_request');
  }
  report('exchanges of a JWT: one success each');
});

test(`of ${AT_ONCE} browsers with a session code one gets in`, { timeout }, async () => {
  const bearer = await partner.accessToken('ada');
  for (let round = 0; round < ROUNDS; round += 1) {
    const code = await partner.sessionCode(bearer);
    const answers = await race((at) => at.get(`/to/acme-crm?token=${code}`));
    const statuses = answers.map(({ status }) => status).filter((status) => status !== 400);
    expect(statuses).toEqual([303]);
  }
  report('openings of a session code: one success each');
});
