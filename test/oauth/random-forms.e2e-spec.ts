import { request as httpRequest } from 'node:http';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectRefusal } from '../main-job/error-format.js';
import { Answer } from '../main-job/answer.js';
import { BROWSER_TOKEN, TOKEN_EXCHANGE, types, type Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';

const RUNS = 400;
const FORM_TYPE = 'application/x-www-form-urlencoded';

let scenario: Scenario;
let partner: Partner;
let accessToken: string;
let appToken: string;
/** Whatever was answered as a token, besides what the partner knows of. */
const issued = new Set<string>();

beforeAll(async () => {
  scenario = await Scenario.start();
  partner = await scenario.enrol({ origins: ['https://notes.acme.test'] });
  accessToken = await partner.accessToken('ada');
  appToken = (await partner.exchange({ grant_type: 'client_credentials' })).at('access_token');
});
afterAll(() => scenario.close());

const MEMBERS: Record<string, string[]> = {
  '/oauth/token': [
    'access_token',
    'token_type',
    'expires_in',
    'scope',
    'refresh_token',
    'issued_token_type',
    'attempt',
  ],
  '/oauth/revoke': [],
  '/oauth/introspect': ['active', 'scope', 'client_id', 'token_type', 'exp', 'iat', 'sub', 'iss'],
};

const names = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('grant_type', 'scope', 'token', 'token_type_hint', 'subject_token') },
  { weight: 4, arbitrary: fc.constantFrom('subject_token_type', 'requested_token_type', 'resource', 'code') },
  { weight: 4, arbitrary: fc.constantFrom('refresh_token', 'redirect_uri', 'code_verifier', 'client_id') },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'scope[]', 'client_secret', 'audience') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);
/** Made late: there are no tokens before the service runs. */
const values = () =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(TOKEN_EXCHANGE, 'client_credentials', 'authorization_code') },
    { weight: 2, arbitrary: fc.constantFrom('refresh_token', BROWSER_TOKEN, ...Object.values(types)) },
    { weight: 3, arbitrary: fc.constantFrom(accessToken, appToken, partner.clientId, partner.clientSecret) },
    { weight: 2, arbitrary: fc.constantFrom('zap', 'webhook:read', 'zap webhook:read', 'https://notes.acme.test') },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
    { weight: 1, arbitrary: fc.constantFrom('', ' ', '\0', '%', 'a'.repeat(20_000), '\ud800') },
  );
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const authorizations = () =>
  fc.option(
    fc.oneof(
      fc.constant(basic(`${partner.clientId}:${partner.clientSecret}`)),
      fc.constantFrom(
        basic(''),
        basic(':'),
        basic(`${partner.clientId}:`),
        'Basic',
        'Basic =',
        `Bearer ${accessToken}`,
      ),
      fc.string({ unit: 'binary', maxLength: 40 }).map(basic),
      fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
    ),
    { nil: undefined, freq: 2 },
  );
const contentTypes = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(FORM_TYPE, `${FORM_TYPE}; charset=UTF-8`) },
  { weight: 1, arbitrary: fc.constantFrom('application/json', 'multipart/form-data; boundary=x', 'text/plain', '') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(`${FORM_TYPE}; charset=utf-7`, `${FORM_TYPE}x`, 'application/', ';', 'a/b/c'),
  },
);
const bodies = () =>
  fc.oneof(
    { weight: 6, arbitrary: fc.array(fc.tuple(names, values()), { maxLength: 9 }).map(encoded) },
    { weight: 6, arbitrary: fc.array(fc.tuple(names, values()), { maxLength: 4 }).map(withCredentials) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  );

function encoded(parameters: [string, string][]): Buffer {
  return Buffer.from(new URLSearchParams(parameters).toString());
}

function withCredentials(parameters: [string, string][]): Buffer {
  const credentials: [string, string][] = [
    ['client_id', partner.clientId],
    ['client_secret', partner.clientSecret],
  ];
  return encoded([...credentials, ...parameters.filter(([name]) => !name.startsWith('client_'))]);
}

/**
 * Not by `fetch`, which mends what it sends.
 * @param isWhole false: more seems to come, and the answer must not wait for it
 */
function post(path: string, headers: Record<string, string>, body: Buffer, isWhole = true): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(scenario.gatehouse.url + path, { method: 'POST', agent: false, headers });
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        const received = Object.entries(response.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]);
        resolve(new Answer(response.statusCode ?? 0, new Headers(received), String(Buffer.concat(chunks))));
        sent.destroy();
      });
    });
    sent.once('error', reject);
    if (isWhole) sent.end(body);
    else sent.write(body);
  });
}

/** A success says what is declared; everything else is an error in the words of RFC 6749, and ours never. */
function expectAnswer(path: string, answer: Answer): void {
  if (answer.status !== 200) {
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(answer.status, answer.text).toBeLessThan(500);
    expectRefusal(answer, 'oauth', answer.status);
    return;
  }
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const members = answer.text === '' ? {} : (answer.json as Record<string, unknown>);
  expect(MEMBERS[path]).toEqual(expect.arrayContaining(Object.keys(members)));
  for (const name of ['access_token', 'refresh_token']) {
    const token = members[name];
    if (typeof token === 'string') issued.add(token);
  }
}

test(`${RUNS} arbitrary requests are answered as declared or refused, none with a failure of ours`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(MEMBERS)),
      bodies(),
      contentTypes,
      authorizations(),
      async (path, body, contentType, authorization) => {
        const headers = {
          ...(contentType !== '' && { 'content-type': contentType }),
          ...(authorization !== undefined && { authorization }),
        };
        expectAnswer(path, await post(path, headers, body));
      },
    ),
    { numRuns: RUNS },
  );
  expect((await scenario.gatehouse.get('/health/ready')).status).toBe(200);
});

test('a grant by grant mix of good and bad parameters gives tokens, and nothing undeclared with them', async () => {
  const before = issued.size;
  const extra = fc.array(fc.tuple(names, values()), { maxLength: 3 });
  const needed = ['grant_type', 'subject_token', 'subject_token_type', 'client_id', 'client_secret'];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('client_credentials', TOKEN_EXCHANGE), extra, async (grantType, more) => {
      const good: [string, string][] = [
        ['grant_type', grantType],
        ['subject_token', accessToken],
        ['subject_token_type', types.accessToken],
      ];
      const form = withCredentials([...good, ...more.filter(([name]) => !needed.includes(name))]);
      expectAnswer('/oauth/token', await post('/oauth/token', { 'content-type': FORM_TYPE }, form));
    }),
    { numRuns: RUNS / 4 },
  );
  expect(issued.size).toBeGreaterThan(before);
});

/** That each of the endpoints takes. */
const goodForm = () =>
  `client_id=${partner.clientId}&client_secret=${partner.clientSecret}&grant_type=client_credentials&token=x`;

function manyParameters(nameAndValue: (index: number) => string, count: number): Buffer {
  const all = Array.from({ length: count }, (_, index) => nameAndValue(index)).join('&');
  return Buffer.from(`${goodForm()}&${all}`);
}

test('a request in proportion is taken', async () => {
  for (const path of Object.keys(MEMBERS)) {
    expect((await post(path, { 'content-type': FORM_TYPE }, Buffer.from(goodForm()))).status).toBe(200);
  }
});

describe('a request that is out of proportion is refused', () => {
  const form = { 'content-type': FORM_TYPE };

  test.each<[string, () => [Record<string, string>, Buffer]]>([
    ['10,000 parameters', () => [form, manyParameters((index) => `p${index}=1`, 10_000)]],
    ['10,000 short parameters', () => [form, manyParameters((index) => `${index}`, 10_000)]],
    ['one parameter 10,000 times', () => [form, manyParameters(() => 'scope=', 10_000)]],
    ['101 parameters', () => [form, manyParameters((index) => `p${index}=1`, 101)]],
    ['JSON', () => [{ 'content-type': 'application/json' }, Buffer.from('{"grant_type":"client_credentials"}')]],
    ['JSON that says it is a form', () => [form, Buffer.from('{"grant_type":"client_credentials"}')]],
    ['UTF-16', () => [{ 'content-type': `${FORM_TYPE}; charset=utf-16le` }, Buffer.from(goodForm())]],
    ['UTF-16 in silence', () => [form, Buffer.from(goodForm(), 'utf16le')]],
    ['UTF-7', () => [{ 'content-type': `${FORM_TYPE};charset="UTF-7"` }, Buffer.from(goodForm())]],
    [
      'two encodings',
      () => [{ 'content-type': `${FORM_TYPE}; charset=utf-8; charset=utf-16` }, Buffer.from(goodForm())],
    ],
    ['overlong UTF-8', () => [form, Buffer.from(goodForm().replaceAll('client_', '%C1%A3lient_'))]],
  ])('%s', async (_what, make) => {
    const [headers, body] = make();
    for (const path of Object.keys(MEMBERS)) {
      const answer = await post(path, headers, body);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expectAnswer(path, answer);
    }
  });

  test.each<[string, Record<string, string>, number]>([
    ['10 MB, before they are sent', { 'content-length': String(10 * 1024 * 1024) }, 1000],
    ['a body with no end, when it is too long', { 'transfer-encoding': 'chunked' }, 100_000],
  ])('%s', async (_what, length, bytes) => {
    const body = Buffer.from(`${goodForm()}&audience=`.padEnd(bytes, 'a'));
    for (const path of Object.keys(MEMBERS)) {
      expectRefusal(await post(path, { ...form, ...length }, body, false), 'oauth', 400, { error: 'invalid_request' });
    }
  });
});

test('no line of the log holds a token or a secret that was sent or given', () => {
  const secrets = [...partner.secrets, ...issued, accessToken, appToken];
  expect(secrets.length).toBeGreaterThan(5);
  const log = scenario.logs().join('\n');
  expect(log.length).toBeGreaterThan(0);
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
});
