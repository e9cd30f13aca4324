import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import type { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { addClient, Browser, CALLBACK, locationOf, LOGIN_URL, setLoginUrl } from './authorization-scene.js';
import { CurlLines, isCurlMissing } from './curl-line.js';

const URN = 'urn:ietf:params:oauth:token-type';
const exchange = (parameters: string) => `curl https://zapier.com/oauth/token \\
  -H "Content-Type: application/x-www-form-urlencoded" \\
  -d client_id=$CLIENT_ID -d client_secret=$CLIENT_SECRET \\
  -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange ${parameters}`;
const accessToken = `-d subject_token=$JWT -d subject_token_type=${URN}:external-jwt \\
  -d requested_token_type=${URN}:access-token -d "scope=connection:read connection:write action:run zap"`;
const connectToken = `-d requested_token_type=${URN}:connect-token -d scope=connection:write \\
  --data-urlencode "resource=https://connect.zapier.com/to/acme-crm"`;
const session = { issued_token_type: `${URN}:connect-token`, token_type: 'N_A', expires_in: 360 };

let scenario: Scenario;
let partner: Partner;
let shell: CurlLines;
let variables: Record<string, string>;

const curl = (line: string) => shell.run(line);

async function newCode(): Promise<string> {
  const asked = { client_id: variables.CLIENT_ID ?? '', scope: 'zap' };
  const end = await new Browser(scenario.gatehouse, partner).authorize('ada', asked);
  return end.searchParams.get('code') ?? '';
}

function expectTokens(answer: Answer, members: object): void {
  expect(answer.status, answer.text).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
  expect([answer.headers.get('cache-control'), answer.headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
  expect(answer.json).toEqual({ access_token: expect.any(String), ...members });
}

const title = `curl lines of the documents${isCurlMissing ? ' (skipped: there is no curl)' : ''}`;

describe.skipIf(isCurlMissing)(title, () => {
  beforeAll(async () => {
    scenario = await Scenario.start();
    partner = await scenario.enrol();
    await setLoginUrl(scenario.gatehouse, partner, LOGIN_URL);
    const grants = ['authorization_code', 'refresh_token', 'client_credentials', 'token_exchange', 'implicit'];
    const scopes = ['profile', 'zap', 'connection:read', 'connection:write', 'action:run', 'webhook:read'];
    const { clientId, clientSecret = '' } = await addClient(scenario.gatehouse, partner, { grants, scopes });
    variables = { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, REDIRECT_URI: CALLBACK };
    shell = new CurlLines(scenario.gatehouse.url, variables);
  });
  afterAll(async () => {
    await scenario?.close();
    shell?.close();
  });

  describe('app access token (protocol.md §3.3)', () => {
    const members = { expires_in: 36_000, token_type: 'Bearer', scope: 'webhook:read' };

    test.each<[string, string]>([
      [
        'multipart, HTTP Basic',
        `curl -v -u $CLIENT_ID:$CLIENT_SECRET \\
         -H "Content-Type: multipart/form-data" \\
         -F grant_type=client_credentials \\
         -F scope="webhook:read" \\
         https://zapier.com/oauth/token/`,
      ],
      [
        'multipart, credentials in the body',
        `curl -v -F client_id=$CLIENT_ID -F client_secret=$CLIENT_SECRET \\
         -F grant_type=client_credentials -F scope="webhook:read" https://zapier.com/oauth/token/`,
      ],
      [
        'urlencoded, HTTP Basic',
        `curl -u $CLIENT_ID:$CLIENT_SECRET -H "Content-Type: application/x-www-form-urlencoded" \\
         -d "grant_type=client_credentials&scope=webhook:read" https://zapier.com/oauth/token/`,
      ],
      [
        'urlencoded, credentials in the body',
        `curl -X POST https://zapier.com/oauth/token -d client_id=$CLIENT_ID -d client_secret=$CLIENT_SECRET \\
         -d grant_type=client_credentials --data-urlencode "scope=webhook:read"`,
      ],
    ])('%s', async (_how, line) => {
      expectTokens(await curl(line), members);
    });

    test('a wrong secret is refused', async () => {
      const answer = await curl(
        `curl -u $CLIENT_ID:wrong -F grant_type=client_credentials https://zapier.com/oauth/token/`,
      );
      expectRefusal(answer, 'oauth', 401, { error: 'invalid_client' });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    });
  });

  describe('user access token (protocol.md §2, §3.1, §3.2)', () => {
    const members = { expires_in: 36_000, token_type: 'Bearer', scope: 'zap', refresh_token: expect.any(String) };

    test.each([
      `curl "https://api.zapier.com/v2/authorize?response_type=code&client_id=$CLIENT_ID&redirect_uri=$ENCODED&scope=zap%20profile&response_mode=query&state=s"`,
      `curl "https://zapier.com/oauth/authorize/?response_type=code&client_id=$CLIENT_ID&redirect_uri=$ENCODED&scope=zap&state=s"`,
      `curl "https://zapier.com/oauth/authorize?client_id=$CLIENT_ID&redirect_uri=$ENCODED&response_type=token&scope=zap&approval_prompt=auto&state=s"`,
    ])('%s', async (line) => {
      variables.ENCODED = encodeURIComponent(CALLBACK);
      const answer = await curl(line);
      expect(answer.status, answer.text).toBe(302);
      expect(locationOf(answer).searchParams.has('login_challenge')).toBe(true);
    });

    test.each<[string, string, string]>([
      [
        'multipart',
        `curl -v -u $CLIENT_ID:$CLIENT_SECRET \\
         -H "Content-Type: multipart/form-data" \\
         -F grant_type=authorization_code \\
         -F code=$CODE \\
         -F redirect_uri=$REDIRECT_URI \\
         https://zapier.com/oauth/token/`,
        `curl -v -u $CLIENT_ID:$CLIENT_SECRET \\
         -H "Content-Type: multipart/form-data" \\
         -F grant_type=refresh_token \\
         -F refresh_token=$REFRESH_TOKEN \\
         https://zapier.com/oauth/token/`,
      ],
      [
        'urlencoded',
        `curl -X POST https://zapier.com/oauth/token/ -H "Content-Type: application/x-www-form-urlencoded" \\
         -d "client_id=$CLIENT_ID&client_secret=$CLIENT_SECRET&grant_type=authorization_code&code=$CODE" \\
         --data-urlencode "redirect_uri=$REDIRECT_URI"`,
        `curl -X POST https://zapier.com/oauth/token/ -H "Content-Type: application/x-www-form-urlencoded" \\
         -d "client_id=$CLIENT_ID&client_secret=$CLIENT_SECRET&grant_type=refresh_token&refresh_token=$REFRESH_TOKEN"`,
      ],
    ])('%s: a code, then its refresh token', async (_how, redeem, refresh) => {
      variables.CODE = await newCode();
      const first = await curl(redeem);
      expectTokens(first, members);
      variables.REFRESH_TOKEN = first.at('refresh_token');
      const second = await curl(refresh);
      expectTokens(second, members);
      expect(second.at('refresh_token')).not.toBe(variables.REFRESH_TOKEN);
      expectRefusal(await curl(redeem), 'oauth', 400, { error: 'invalid_grant' });
    });
  });

  describe('White Label (protocol.md §3.4, §3.5)', () => {
    beforeEach(async () => {
      variables.JWT = await partner.jwt('ada');
    });

    test('a JWT for an access token', async () => {
      const scope = 'connection:read connection:write action:run zap';
      const members = { issued_token_type: `${URN}:access-token`, token_type: 'Bearer', expires_in: 36_000, scope };
      expectTokens(await curl(exchange(accessToken)), members);
    });

    test.each([
      ['an access token', `-d subject_token=$TOKEN -d subject_token_type=${URN}:access-token`],
      ['a JWT', `-d subject_token=$JWT -d subject_token_type=${URN}:external-jwt`],
    ])('%s for a connect token, which opens Connect once', async (_what, subject) => {
      variables.TOKEN = (await curl(exchange(accessToken))).at('access_token');
      variables.JWT = await partner.jwt('ada');
      const answer = await curl(exchange(`${subject} ${connectToken}`));
      expectTokens(answer, { ...session, scope: 'connection:write', attempt: expect.any(String) });
      variables.CONNECT_TOKEN = answer.at('access_token');
      const open = `curl "https://connect.zapier.com/to/acme-crm?token=$CONNECT_TOKEN"`;
      expect([(await curl(open)).status, (await curl(open)).status]).toEqual([303, 400]);
    });

    test('a JWT for the second time is refused', async () => {
      expect((await curl(exchange(accessToken))).status).toBe(200);
      expectRefusal(await curl(exchange(accessToken)), 'oauth', 400, { error: 'invalid_request' });
    });
  });

  describe('the API with what they got (protocol.md §6, §7)', () => {
    const bearer = `--header 'Accept: application/json' --header "Authorization: Bearer $TOKEN"`;

    beforeAll(async () => {
      variables.TOKEN = await partner.accessToken('ada');
      variables.NARROW = await partner.accessToken('ada', 'profile');
      variables.APP = (await scenario.gatehouse.get('/v2/apps', variables.TOKEN)).at('data.0.id');
    });

    test.each([
      `curl "https://api.zapier.com/v2/apps?client_id=$CLIENT_ID"`,
      `curl "https://api.zapier.com/v2/actions?client_id=$CLIENT_ID&app=$APP"`,
      `curl --request GET --url https://api.zapier.com/v2/apps ${bearer}`,
      `curl --request GET --url "https://api.zapier.com/v2/actions?app=$APP&action_type=WRITE" ${bearer}`,
      `curl --request GET --url "https://api.zapier.com/v2/authentications?app=$APP" ${bearer}`,
    ])('%s', async (line) => {
      const answer = await curl(line);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.json).toMatchObject({ data: expect.any(Array), links: { next: null }, meta: { offset: 0 } });
    });

    test('a POST of JSON', async () => {
      const actions = `curl "https://api.zapier.com/v2/actions?client_id=$CLIENT_ID&app=$APP&action_type=WRITE"`;
      variables.ACTION = encodeURIComponent((await curl(actions)).at('data.0.id'));
      const answer = await curl(
        `curl --request POST --url "https://api.zapier.com/v2/actions/$ACTION/inputs" ${bearer} \\
         --header 'Content-Type: application/json' --data '{"data": {"authentication": null, "inputs": {}}}'`,
      );
      expect(answer.status, answer.text).toBe(200);
    });

    test.each<[string, number, string, string]>([
      [
        'without credentials',
        401,
        'not_authenticated',
        `curl --url "https://api.zapier.com/v2/authentications?app=$APP"`,
      ],
      ['with an unknown client_id', 401, 'authentication_failed', `curl "https://api.zapier.com/v2/apps?client_id=x"`],
      [
        'with a bad token',
        401,
        'authentication_failed',
        `curl --url https://api.zapier.com/v2/apps --header 'Authorization: Bearer <token>'`,
      ],
      [
        'with a token of too few scopes',
        403,
        'permission_denied',
        `curl --url https://api.zapier.com/v2/apps --header "Authorization: Bearer $NARROW"`,
      ],
    ])('%s: %i', async (_what, status, code, line) => {
      const answer = await curl(line);
      expectRefusal(answer, 'v2', status, { code });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
    });
  });
});
