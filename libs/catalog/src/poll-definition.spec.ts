import { describe, expect, it } from 'vitest';
import { defineApp } from './app-definition.js';
import { meets, readPoll } from './poll-definition.js';

const responses = { 200: { description: 'ok' } };

/** An app with one POST, called `work`, and a document's own settings. */
function work(operation: object, extended: object = {}) {
  const info = { title: 'T', version: '1', 'x-gatehouse': extended };
  const paths = {
    '/work': { post: { operationId: 'work', responses, ...operation } },
    '/look': { get: { operationId: 'look', responses } },
  };
  return defineApp({ openapi: '3.1.0', info, servers: [{ url: 'https://a.test' }], paths, 'x-gatehouse': extended });
}

const header = (name: string) => ({ parameters: [{ in: 'header', name, required: true, schema: { type: 'string' } }] });

describe('an idempotency key', () => {
  it.each([
    ['a header of the usual name', header('Idempotency-Key'), {}, 'Idempotency-Key'],
    ['its older form', header('X-Idempotency-Key'), {}, 'X-Idempotency-Key'],
    ['what the operation names', { 'x-gatehouse': { idempotency_header: 'Request-Key' } }, {}, 'Request-Key'],
    ['what the document names', {}, { idempotency_header: 'Once' }, 'Once'],
    ['nothing where none is named', header('X-Request-Id'), {}, undefined],
  ])('goes into %s', (_, operation, extended, expected) => {
    expect(work(operation, extended).operations['work']?.idempotencyHeader).toBe(expected);
  });

  it('is ours to fill in: it is no input', () => {
    expect(work(header('idempotency-key')).operations['work']?.inputs).toEqual([]);
  });

  it('goes with no GET', () => {
    expect(work({}, { idempotency_header: 'Once' }).operations['look']).not.toHaveProperty('idempotencyHeader');
  });

  it('in a header that can not be is refused', () => {
    expect(() => work({ 'x-gatehouse': { idempotency_header: 'a b' } })).toThrow(/can not be the name of a header/);
  });
});

describe('a rate', () => {
  it('is counted by account unless the document says else', () => {
    expect(work({}, { rate: { requests: 60, per_seconds: 60 } }).rate).toEqual({
      requests: 60,
      perSeconds: 60,
      per: 'account',
    });
    expect(work({}, { rate: { requests: 1, per_seconds: 2, per: 'client' } }).rate?.per).toBe('client');
    expect(work({})).not.toHaveProperty('rate');
  });

  it.each([{}, { requests: 60 }, { requests: 0, per_seconds: 1 }, { requests: 1, per_seconds: 1, per: 'day' }])(
    'such as %j is refused',
    (rate) => expect(() => work({}, { rate })).toThrow(/requests|per_seconds|must be one of/),
  );
});

describe('a poll', () => {
  it('has defaults for everything', () => {
    expect(readPoll({})).toEqual({
      operationId: null,
      parameters: {},
      until: null,
      fails: null,
      intervalSeconds: null,
      timeoutSeconds: null,
    });
  });

  it('finds its parameters in the answer and among the inputs', () => {
    const parameters = { id: '/id', list: { input: 'list_id' } };
    expect(readPoll({ parameters }).parameters).toEqual({ id: { answer: '/id' }, list: { input: 'list_id' } });
  });

  it('is refused when it would write', () => {
    expect(() => work({ 'x-gatehouse': { poll: { operationId: 'work' } } })).toThrow(/which is no GET/);
  });

  it.each([
    { until: {} },
    { until: { path: 'x', in: 'y' } },
    { parameters: { id: 7 } },
    { interval_seconds: 0 },
    { timeout_seconds: 86_401 },
  ])('such as %j is refused', (poll) => expect(() => work({ 'x-gatehouse': { poll } })).toThrow(/must/));
});

it.each([
  [{ path: 'state', equals: 'done' }, { state: 'done' }, true],
  [{ path: 'state', equals: 'done' }, { state: 'doing' }, false],
  [{ path: '/job/state', in: ['done', 'ended'] }, { job: { state: 'ended' } }, true],
  [{ path: 'state', in: ['done'] }, {}, false],
  [{ path: 'result' }, { result: { id: 1 } }, true],
  [{ path: 'result' }, { result: null }, false],
  [{ path: 'done' }, { done: false }, false],
  [{ path: 'toString' }, {}, false],
])('the condition %j of %j is %j', (until, answer, expected) => {
  const condition = readPoll({ until }).until;
  expect(condition && meets(answer, condition)).toBe(expected);
});
