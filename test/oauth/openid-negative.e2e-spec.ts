import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signingInput } from '../keys/token-smith.js';
import { thirdPartyFile } from '../vectors/third-party-file.js';
import { locationOf } from './authorization-scene.js';
import { isNegative, negativeTests } from './openid-negative.js';
import { notServed } from './openid-not-served.js';
import { expectRefused } from './openid-refusal.js';
import { OpenidScene } from './openid-scene.js';

const list = thirdPartyFile('checklists/openid-conformance-test-names.txt');
const readNames = () => readFileSync(list.path, 'utf8').trim().split('\n');
const served = negativeTests.flatMap(({ names }) => names);
const inTables = [...served, ...Object.values(notServed).flat()];

describe.skipIf(list.isMissing)(`the negative tests of the conformance suite: ${list.name}`, () => {
  test('each has its request here, or a reason why there is none', () => {
    const negative = readNames().filter(isNegative);
    expect(negative.length).toBeGreaterThan(100);
    expect(negative.filter((name) => !inTables.includes(name))).toEqual([]);
  });

  test('the tables hold none that is not one of them, and none twice', () => {
    const names = readNames();
    expect(inTables.filter((name) => !names.includes(name) || !isNegative(name))).toEqual([]);
    expect(inTables.filter((name, index) => inTables.indexOf(name) !== index)).toEqual([]);
  });
});

let scene: OpenidScene;

beforeAll(async () => {
  scene = await OpenidScene.start();
});
afterAll(() => scene?.close());

describe('is taken, so that what is refused is refused for its fault', () => {
  test('a code, and the refresh token that it gives', async () => {
    expect((await scene.refresh(await scene.refreshToken())).status).toBe(200);
  });

  test('a JWT', async () => {
    expect((await scene.smith.exchange(scene.smith.signed())).status).toBe(200);
  });

  test('a registered redirect_uri', async () => {
    expect(locationOf(await scene.authorize({})).searchParams.has('login_challenge')).toBe(true);
  });
});

const cases = negativeTests.flatMap(({ names, sends, ...one }) =>
  names.map((name): [string, typeof one] => [`${sends} (${name})`, one]),
);

test.each(cases)('is refused: %s', async (_title, { send, refusal }) => {
  expectRefused(await send(scene), refusal);
});

test('what a request object says is not read', async () => {
  const claims = { redirect_uri: 'https://evil.test', state: 'inside', response_type: 'token' };
  const request = `${signingInput(scene.smith.header({ alg: 'none' }), JSON.stringify(claims))}.`;
  const uri = 'https://evil.test/request.jwt';
  const answer = await scene.authorize({ request, request_uri: uri, state: 'outside', response_type: '' });
  expectRefused(answer, { in: 'redirect', error: 'invalid_request' });
  expect(locationOf(answer).searchParams.get('state')).toBe('outside');
});
