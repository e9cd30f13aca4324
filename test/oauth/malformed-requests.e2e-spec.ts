import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner, TOKEN_EXCHANGE, types } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { addClient, authorizePath, CALLBACK, locationOf, LOGIN_URL, setLoginUrl } from './authorization-scene.js';

const FORM_TYPE = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data; boundary=of-this-test';
type Fields = [name: string, value: string][];

let scenario: Scenario;
let gatehouse: Gatehouse;
let partner: Partner;
let clientId: string;

beforeAll(async () => {
  scenario = await Scenario.start();
  gatehouse = scenario.gatehouse;
  partner = await scenario.enrol();
  await setLoginUrl(gatehouse, partner, LOGIN_URL);
  clientId = (await addClient(gatehouse, partner)).clientId;
});
afterAll(() => scenario.close());

/** With every parameter that is declared, and the one first that can not be left out. */
const requests: [title: string, path: string, fields: Fields][] = [
  [
    '/oauth/token for a code',
    '/oauth/token',
    [
      ['grant_type', 'authorization_code'],
      ['code', 'x'],
      ['redirect_uri', CALLBACK],
      ['code_verifier', 'x'],
    ],
  ],
  [
    '/oauth/token for a refresh token',
    '/oauth/token',
    [
      ['grant_type', 'refresh_token'],
      ['refresh_token', 'x'],
      ['scope', 'zap'],
    ],
  ],
  [
    '/oauth/token for an exchange',
    '/oauth/token',
    [
      ['grant_type', TOKEN_EXCHANGE],
      ['subject_token', 'x'],
      ['subject_token_type', types.accessToken],
      ['requested_token_type', types.connectToken],
      ['resource', 'https://notes.acme.test'],
      ['scope', 'connection:write'],
    ],
  ],
  [
    '/oauth/token for an app token',
    '/oauth/token',
    [
      ['grant_type', 'client_credentials'],
      ['scope', 'webhook:read'],
    ],
  ],
  [
    '/oauth/revoke',
    '/oauth/revoke',
    [
      ['token', 'x'],
      ['token_type_hint', 'access_token'],
    ],
  ],
  [
    '/oauth/introspect',
    '/oauth/introspect',
    [
      ['token', 'x'],
      ['token_type_hint', 'access_token'],
    ],
  ],
];

const credentials = (): Fields => [
  ['client_id', partner.clientId],
  ['client_secret', partner.clientSecret],
];
const basic = () => ({
  authorization: `Basic ${Buffer.from(`${partner.clientId}:${partner.clientSecret}`).toString('base64')}`,
});

const urlencoded = (fields: Fields) => new URLSearchParams(fields).toString();
const multipart = (fields: Fields) =>
  fields
    .map(([name, value]) => `--of-this-test\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('') + '--of-this-test--\r\n';

function post(path: string, body: string, contentType = FORM_TYPE, headers: Record<string, string> = {}) {
  return gatehouse.call('POST', path, { body, headers: { 'content-type': contentType, ...headers } });
}

const expectInvalid = (answer: Answer) => expectRefusal(answer, 'oauth', 400, { error: 'invalid_request' });

const repeats = requests.flatMap(([title, path, fields]) =>
  ['client_id', 'client_secret', ...fields.map(([name]) => name)].map((name): [string, string, string, Fields] => [
    name,
    title,
    path,
    fields,
  ]),
);

describe('a parameter that is there twice is refused, whatever its values', () => {
  test.each(repeats)('%s at %s', async (name, _title, path, fields) => {
    const once: Fields = [...credentials(), ...fields];
    for (const second of [Object.fromEntries(once)[name] ?? '', '', 'another']) {
      for (const twice of [[...once, [name, second]] as Fields, [[name, second], ...once] as Fields]) {
        const answers = [await post(path, urlencoded(twice)), await post(path, multipart(twice), MULTIPART)];
        for (const answer of answers) {
          expectInvalid(answer);
          expect(answer.json).toMatchObject({ error_description: `The parameter ${name} is repeated.` });
        }
      }
    }
  });

  test.each(['client_id', 'redirect_uri'])('%s at the authorization endpoint, with a page', async (name) => {
    const answer = await gatehouse.get(`${authorizePath({ client_id: clientId })}&${name}=`);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  test.each(['response_type', 'scope', 'state', 'approval_prompt', 'code_challenge', 'code_challenge_method'])(
    '%s at the authorization endpoint, by a redirect',
    async (name) => {
      const answer = await gatehouse.get(`${authorizePath({ client_id: clientId })}&${name}=a&${name}=b`);
      const at = locationOf(answer);
      expect(at.href.startsWith(CALLBACK)).toBe(true);
      expect(at.searchParams.get('error')).toBe('invalid_request');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    },
  );
});

describe.each(requests)('%s', (_title, path, fields) => {
  test.each([
    'iso-8859-1',
    'latin1',
    'windows-1252',
    'us-ascii',
    'utf-7',
    'UTF-16',
    'utf-16le',
    'utf-32',
    '"utf-16be"',
    'x',
    'utf-8; charset=utf-7',
  ])('refuses charset=%s', async (charset) => {
    expectInvalid(await post(path, urlencoded([...credentials(), ...fields]), `${FORM_TYPE}; charset=${charset}`));
  });

  test('does not read a name with a byte order mark before it', async () => {
    expectInvalid(await post(path, `\uFEFF${urlencoded([...fields, ...credentials()])}`));
  });

  test('does not take a secret in Latin-1 for the one in UTF-8', async () => {
    const body = urlencoded([...credentials(), ...fields]).replace('client_secret=', 'client_secret=%E9');
    expectRefusal(await post(path, body), 'oauth', 401, { error: 'invalid_client' });
  });

  test('reads nothing from its query', async () => {
    const query = urlencoded([...credentials(), ...fields]);
    const answer = await post(`${path}?${query}`, '');
    expect([400, 401]).toContain(answer.status);
    expectRefusal(answer, 'oauth', answer.status);
    expect((await post(`${path}?${query}`, urlencoded(credentials()))).status).toBe(400);
  });

  test.each<[string, () => Fields]>([
    ['both', credentials],
    ['the secret alone', () => credentials().slice(1)],
    ['another client_id', () => [['client_id', clientId]]],
  ])('refuses HTTP Basic beside what is in the body: %s', async (_what, inBody) => {
    for (const [body, type] of [
      [urlencoded([...inBody(), ...fields]), FORM_TYPE],
      [multipart([...inBody(), ...fields]), MULTIPART],
    ] as const) {
      expectInvalid(await post(path, body, type, basic()));
    }
  });

  test.each(['application/json', 'application/vnd.api+json', 'text/plain', 'text/html'])('refuses %s', async (type) => {
    const json = JSON.stringify(Object.fromEntries([...credentials(), ...fields]));
    expectInvalid(await post(path, json, type));
    expectInvalid(await post(path, urlencoded([...credentials(), ...fields]), type));
  });

  test('refuses a multipart form with more fields than any call has', async () => {
    const many = Array.from({ length: 101 }, (_, index): Fields[number] => [`p${index}`, '1']);
    const answer = await post(path, multipart([...credentials(), ...fields, ...many]), MULTIPART);
    expectInvalid(answer);
    expect(answer.json).toMatchObject({ error_description: expect.stringContaining('at most') });
  });
});

describe('a browser that is made to send too much is answered', () => {
  test('10,000 parameters to authorize', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `p${index}=1`).join('&');
    const answer = await gatehouse.get(`${authorizePath({ client_id: clientId })}&${many}`);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers.get('location')).toBeNull();
  });

  test.each<[string, string, string]>([
    ['100,000 characters', FORM_TYPE, 'decision=allow&a='.padEnd(100_000, 'a')],
    ['10,000 fields', FORM_TYPE, 'decision=allow'.padEnd(10_000, '&a')],
    ['JSON', 'application/json', '{"decision":"allow"}'],
    ['another charset', `${FORM_TYPE}; charset=utf-7`, 'decision=allow'],
  ])('%s for consent, with a page', async (_what, type, body) => {
    const answer = await post('/oauth/consent/00000000-0000-4000-8000-000000000000', body, type);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

/** Of what is well-formed, and has an x for a code or a token. */
const UNDERSTOOD =
  /The code is not good|The refresh_token is not good|The subject_token is not a live|"active":false|^$/;

test.each(requests)('%s is understood when it is well-formed', async (_title, path, fields) => {
  const answers = [
    await post(path, urlencoded([...credentials(), ...fields])),
    await post(path, multipart([...credentials(), ...fields]), MULTIPART),
    await post(path, urlencoded(fields), `${FORM_TYPE}; charset="UTF-8"`, basic()),
  ];
  for (const { text } of answers)
    expect(text).toMatch(text.includes('gate_at_') ? /"scope":"webhook:read"/ : UNDERSTOOD);
});
