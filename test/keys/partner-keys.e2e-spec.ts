import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import type { Gatehouse } from '../main-job/gatehouse.js';
import { BROWSER_TOKEN, types } from '../main-job/partner.js';
import { Fleet } from './fleet.js';
import { TokenSmith } from './token-smith.js';

const ORIGIN = 'https://app.mallory.test';

let fleet: Fleet;
/** Signs every token here. */
let mallory: TokenSmith;
let trudy: TokenSmith;

beforeAll(async () => {
  fleet = await Fleet.start([{}, {}]);
  const [gatehouse] = fleet.members;
  mallory = new TokenSmith(gatehouse, 'mallory', 'mallory-');
  trudy = new TokenSmith(gatehouse, 'trudy', 'trudy-');
  await mallory.enrol({ jwks: withSharedKid(mallory) }, { origins: [ORIGIN] });
  await trudy.enrol({ jwks: withSharedKid(trudy) });
});
afterAll(() => fleet?.close());

/** Nothing keeps two tenants from giving their keys the same name. */
function withSharedKid(smith: TokenSmith) {
  return { keys: [...smith.jwks().keys, { ...smith.keys.ec.publicKey.export({ format: 'jwk' }), kid: 'shared' }] };
}

/** In turn to each process. */
const member = (index: number): Gatehouse => fleet.members[index % fleet.members.length] ?? fleet.members[0];
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);

describe('a token of one tenant', () => {
  const both = ['mallory', 'trudy'] as const;
  const combinations = both.flatMap((client) =>
    both.flatMap((issuer) =>
      both.flatMap((audience) =>
        [...both.map((of) => `${of}-ec`), 'shared'].map((kid) => ({ client, issuer, audience, kid })),
      ),
    ),
  );
  const isOwn = ({ client, issuer, audience, kid }: (typeof combinations)[number]) =>
    [client, issuer, audience].every((slug) => slug === 'mallory') && kid !== 'trudy-ec';
  const exchange = ({ client, issuer, audience, kid }: (typeof combinations)[number]) => {
    const smiths = { mallory, trudy };
    const claims = { iss: smiths[issuer].issuer, aud: smiths[audience].audience };
    return smiths[client].exchange(mallory.signed(mallory.header({ kid }), mallory.payload(claims)));
  };

  test.each(combinations.filter(isOwn))('is accepted from its own client: kid $kid', async (combination) => {
    expect((await exchange(combination)).status).toBe(200);
  });

  test.each(combinations.filter((combination) => !isOwn(combination)))(
    'is refused from client $client with iss of $issuer, aud of $audience and kid $kid',
    async (combination) => {
      expectRefusal(await exchange(combination), 'oauth', 400, { error: 'invalid_request' });
    },
  );

  test('is refused from a tenant that names itself after the other in everything but its keys', async () => {
    const twin = new TokenSmith(fleet.members[0], 'twin', 'mallory-');
    await twin.enrol(undefined, { issuer: mallory.issuer, audience: mallory.audience });
    const claims = { iss: mallory.issuer, aud: mallory.audience };
    expect((await twin.exchange(twin.signed(undefined, twin.payload(claims)))).status).toBe(200);
    for (const [smith, client] of [[mallory, twin] as const, [twin, mallory] as const]) {
      const answer = await client.exchange(smith.signed(undefined, smith.payload(claims)));
      expectRefusal(answer, 'oauth', 400, { error: 'invalid_request' });
    }
  });

  test('is not explained to the operator of another as its own', async () => {
    const { valid, checks } = await trudy.explain(mallory.signed());
    expect(valid).toBe(false);
    expect(checks.filter(({ ok }) => !ok).map(({ check }) => check)).toEqual(['key', 'iss', 'aud']);
  });
});

describe('a jti', () => {
  const access = { requested_token_type: types.accessToken };
  const browser = { requested_token_type: BROWSER_TOKEN, resource: ORIGIN, scope: 'connection:read' };

  test('is good for exactly one token of each type, of 100 asked for at once of two processes', async () => {
    const token = mallory.signed();
    const requests = [access, browser].flatMap((type) =>
      Array.from({ length: 100 }, (_, index) => mallory.exchange(token, type, member(index))),
    );
    const answers = await Promise.all(requests);
    for (const ofType of [answers.slice(0, 100), answers.slice(100)]) {
      expect(statuses(ofType).filter((status) => status === 200)).toHaveLength(1);
      for (const answer of ofType.filter(({ status }) => status !== 200))
        expectRefusal(answer, 'oauth', 400, { error_description: expect.stringContaining('jti') });
    }
  });

  test('is used up by no explanation, and none says more than what was checked', async () => {
    const token = mallory.signed();
    const explanations = await Promise.all(
      Array.from({ length: 20 }, (_, index) => mallory.explain(token, member(index))),
    );
    for (const explanation of explanations) {
      expect(Object.keys(explanation)).toEqual(['valid', 'checks']);
      expect(explanation.valid).toBe(true);
    }
    expect((await mallory.exchange(token)).status).toBe(200);
    for (const { valid, checks } of [
      await mallory.explain(token, member(0)),
      await mallory.explain(token, member(1)),
    ]) {
      expect(valid).toBe(false);
      expect(checks.filter(({ ok }) => !ok)).toMatchObject([
        { check: 'jti', detail: expect.stringContaining('access-token') },
      ]);
    }
  });

  test('is used up by no token that is refused for something else', async () => {
    const jti = 'kept-for-later';
    expect((await mallory.exchange(mallory.signed(undefined, mallory.payload({ jti, aud: 'other' })))).status).toBe(
      400,
    );
    expect((await mallory.exchange(mallory.signed(undefined, mallory.payload({ jti })))).status).toBe(200);
  });
});

test('an explanation is for operators: without the admin token there is none', async () => {
  const answer = await fleet.members[0].post('/admin/tenants/mallory/trust/explain', { token: mallory.signed() });
  expectRefusal(answer, 'admin', 401);
});
