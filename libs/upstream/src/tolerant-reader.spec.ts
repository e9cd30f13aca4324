import { describe, expect, it } from 'vitest';
import { idText, readAction, readApp, readAuthentication, readOne, readPage, readRun } from './index.js';
import { readProblems } from './upstream-problems.js';

const items = [{ id: 'a' }, { id: 'b' }];
const links = { next: 'https://next', prev: 'https://prev' };

describe('a list', () => {
  it.each<[string, unknown, object]>([
    ['an envelope', { data: items, links, meta: { count: 7 } }, { ...links, count: 7 }],
    [
      'links.previous',
      { data: items, links: { next: null, previous: 'https://prev' } },
      { next: null, prev: 'https://prev' },
    ],
    ['choices, whose meta is a page', { data: items, links, meta: { page: 1 } }, { ...links, count: null }],
    [
      'an array of envelopes',
      [
        { data: [items[0]], links },
        { data: [items[1]], links: { next: null } },
      ],
      { next: null, prev: links.prev },
    ],
    ['a bare array', items, { next: null, prev: null, count: null }],
    [
      'apps of V1',
      { objects: items, total: 9, next_url: 'https://next', prev_url: null },
      { next: links.next, prev: null, count: 9 },
    ],
    [
      'categories of V1',
      { objects: items, count: 9, next: 'https://next', previous: 'https://prev' },
      { ...links, count: 9 },
    ],
    ['results of the inbox', { results: items, count: 2, next: null, previous: null }, { count: 2 }],
  ])('is read from %s', (_, body, expected) => {
    expect(readPage(body)).toMatchObject({ items, ...expected });
  });

  it('without items is one', () => {
    for (const body of [[], { data: [] }, [{ data: [] }]]) expect(readPage(body)?.items).toEqual([]);
  });

  it.each([null, 'text', 5, {}, { data: {} }, { errors: [] }])('is not read from %j', (body) => {
    expect(readPage(body)).toBeNull();
  });
});

describe('one object', () => {
  it.each<[string, unknown]>([
    ['an envelope', { data: { id: 'a' } }],
    ['nothing around it', { id: 'a' }],
    ['a list of one', { data: [{ id: 'a' }] }],
    ['an array of envelopes', [{ data: { id: 'a' } }]],
    ['lists in lists without end', Array.from({ length: 100_000 }).reduce((body) => [body], { id: 'a' } as unknown)],
  ])('is read from %s', (_, body) => expect(readOne(body)).toEqual({ id: 'a' }));

  it.each([null, 'text', [], { data: [] }])('is not read from %j', (body) => expect(readOne(body)).toBeNull());
});

it.each([
  [12_345, '12345'],
  ['12345', '12345'],
  ['', null],
  [null, null],
  [{}, null],
  [Number.NaN, null],
])('the id %j is %j', (value, expected) => expect(idText(value)).toBe(expected));

describe('a refusal', () => {
  const problem = { code: null, title: null, detail: null, pointer: null };
  it.each<[string, unknown, object[]]>([
    [
      'of V2',
      {
        errors: [
          { status: 400, code: 'invalid', title: 'T', detail: 'D', source: { pointer: '/data/inputs' }, meta: null },
        ],
      },
      [{ code: 'invalid', title: 'T', detail: 'D', pointer: '/data/inputs' }],
    ],
    [
      'with a status that is text',
      { errors: [{ status: '404', code: 'promotion_not_found' }] },
      [{ ...problem, code: 'promotion_not_found' }],
    ],
    [
      'of V1',
      { errors: ['Missing client_id', 'Again'] },
      [
        { ...problem, detail: 'Missing client_id' },
        { ...problem, detail: 'Again' },
      ],
    ],
    [
      'without an envelope',
      { code: 'authentication_failed', detail: 'D' },
      [{ ...problem, code: 'authentication_failed', detail: 'D' }],
    ],
    [
      'of the token endpoint',
      { error: 'invalid_grant', error_description: 'D' },
      [{ ...problem, code: 'invalid_grant', detail: 'D' }],
    ],
    ['that says nothing', {}, []],
    ['that is no object', 'Sorry', []],
    ['of null', null, []],
  ])('%s is read', (_, body, expected) => expect(readProblems(body)).toEqual(expected));
});

describe('a run', () => {
  it.each([
    ['waiting', 'waiting'],
    ['queued', 'waiting'],
    ['running', 'waiting'],
    ['success', 'success'],
    ['error', 'error'],
    ['half-done', 'unknown'],
  ])('that is %s is %s', (status, state) => {
    expect(readRun({ data: { type: 'run', status, results: [], errors: [] } })).toMatchObject({ state });
  });

  it('is read with any id, with and without an envelope', () => {
    expect(readRun({ data: { type: 'run', id: 'arun_abc123' } })).toMatchObject({ id: 'arun_abc123' });
    expect(readRun({ id: 17, status: 'success', results: { a: 1 } })).toMatchObject({ id: '17', results: [{ a: 1 }] });
  });

  it('that failed says why, and for how long to wait', () => {
    const errors = [{ code: 'throttled', title: 'T', detail: 'D', delay: 30, meta: null }, 'Something'];
    expect(readRun({ data: { status: 'error', results: [], errors } })?.errors).toEqual([
      { code: 'throttled', title: 'T', detail: 'D', delay: 30 },
      { code: null, title: null, detail: 'Something', delay: null },
    ]);
  });

  it.each([null, [], {}, { data: {} }, 'text'])('is not read from %j', (body) => expect(readRun(body)).toBeNull());
});

it('an app is read by uuid, id or key, with what it has', () => {
  const app = {
    id: 'i',
    key: 'SlackCLIAPI',
    title: 'Slack',
    images: { url_64x64: 'https://image' },
    categories: [{ slug: 'chat' }],
    action_types: ['read', 'WRITE'],
  };
  expect(readApp(app)).toEqual({
    id: 'i',
    key: 'SlackCLIAPI',
    title: 'Slack',
    description: '',
    image: 'https://image',
    categories: ['chat'],
    actionTypes: ['READ', 'WRITE'],
  });
  expect(readApp({ uuid: 'u', slug: 'slack', title: 'Slack' })).toMatchObject({ id: 'u', key: 'slack', image: null });
  expect(readApp({ key: 'k', title: 'Slack', image: 'javascript:alert(1)' })).toMatchObject({
    id: 'k',
    key: 'k',
    image: null,
  });
  expect(readApp({ id: 'i' })).toBeNull();
});

it('an authentication has an id that is text, and its app by reference or in full', () => {
  expect(readAuthentication({ id: 5, app: 'a', title: 'Ada', is_expired: true })).toEqual({
    id: '5',
    appId: 'a',
    title: 'Ada',
    isExpired: true,
  });
  expect(readAuthentication({ id: 'x', app: { id: 'a' } })).toMatchObject({ appId: 'a', isExpired: false });
  expect(readAuthentication({ title: 'Ada' })).toBeNull();
});

it('an action has a key and a type, in capitals', () => {
  expect(readAction({ id: 'core:1', key: 'send', action_type: 'write', app: { uuid: 'a' } })).toMatchObject({
    type: 'WRITE',
    appId: 'a',
    title: 'send',
  });
  expect(readAction({ id: 'core:1', key: 'send' })).toBeNull();
});
