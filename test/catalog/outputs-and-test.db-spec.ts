import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { json } from '#libs/testing';
import { readPublishedDocument } from '../conformance/published-document.js';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { CatalogScene, type DeskUser } from './catalog-scene.js';
import { answerAsDesk, TICKET } from './ticket-desk.js';

const published = readPublishedDocument();
let scene: CatalogScene;
let ada: DeskUser;
let names = 0;

beforeAll(async () => {
  scene = await CatalogScene.start();
});
afterAll(() => scene?.close());
beforeEach(async () => {
  scene.server.answerWith(answerAsDesk);
  ada = await scene.user(`ada-${(names += 1)}`);
});

const asked = () => scene.server.requests.map(({ method, url }) => `${method} ${url}`);
const pointers = (answer: Answer) =>
  (answer.json as { errors: { source: { pointer?: string } }[] }).errors.map(({ source }) => source.pointer);

function dataOf<Item>(answer: Answer, operation: string): Item[] {
  expect(answer.status, answer.text).toBe(200);
  if (!('missing' in published)) expect(published.violations(operation, 200, answer.json)).toEqual([]);
  return (answer.json as { data: Item[] }).data;
}

describe('POST /v2/actions/{id}/outputs', () => {
  const OPERATION = 'POST /v2/actions/{action_id}/outputs';
  const fieldsOf = (answer: Answer) =>
    dataOf<{ id: string; sample?: string }>(answer, OPERATION).map(({ id, sample }) => [id, sample] as const);

  test('refuses the unauthenticated caller, and one without the scope', async () => {
    const path = `${await ada.actionPath('listTickets')}/outputs`;
    expectRefusal(await scene.registry.gatehouse.post(path, { data: {} }), 'v2', 401);
    const reader = await scene.registry.partner.accessToken('ada', 'zap');
    expectRefusal(await scene.registry.gatehouse.post(path, { data: {} }, reader), 'v2', 403);
  });

  test('names the parts of one result as the document has them, and asks nobody', async () => {
    expect(fieldsOf(await ada.ask('listTickets', 'outputs')).slice(0, 7)).toEqual([
      ['id', undefined],
      ['title', 'A title'],
      ['author__name', undefined],
      ['author__email', undefined],
      ['tags[]name', undefined],
      ['tags[]color', undefined],
      ['watchers[]', undefined],
    ]);
    expect(asked()).toEqual([]);
  });

  test('ends where a schema leads back to itself', async () => {
    const ids = fieldsOf(await ada.ask('listTickets', 'outputs')).map(([id]) => id);
    expect(ids).toContain('parent__title');
    expect(ids.length).toBeLessThan(30);
  });

  test('takes its samples from the document’s example', async () => {
    const samples = new Map(fieldsOf(await ada.ask('createTicket', 'outputs')));
    expect([samples.get('id'), samples.get('author__name'), samples.get('author__email')]).toEqual([
      '12',
      'Grace',
      undefined,
    ]);
  });

  test('has live samples when asked for them, of one request', async () => {
    const live = { fetch_live_samples: true, inputs: { state: 'open' } };
    const fields = new Map(fieldsOf(await ada.ask('listTickets', 'outputs', live)));
    expect(fields.get('title')).toBe(TICKET.title);
    expect([fields.get('tags[]name'), fields.get('author__email')]).toEqual(['hot', 'ada@desk.test']);
    await ada.ask('listTickets', 'outputs', live);
    expect(asked()).toEqual(['GET /tickets?state=open']);
  });

  test('does nothing for a sample that would have an effect', async () => {
    const answer = await ada.ask('createTicket', 'outputs', { fetch_live_samples: true, inputs: { title: 'x' } });
    expectRefusal(answer, 'v2', 400);
    expect(pointers(answer)).toEqual(['/data/fetch_live_samples']);
    expect(asked()).toEqual([]);
  });

  test('names each input that a live sample would lack', async () => {
    const answer = await ada.ask('listTickets', 'outputs', { fetch_live_samples: true });
    expect(pointers(answer)).toEqual(['/data/inputs/state']);
  });
});

describe('POST /v2/actions/{id}/test', () => {
  const OPERATION = 'POST /v2/actions/{action_id}/test';
  const inputs = { state: 'open' };
  const resultsOf = (answer: Answer) => dataOf<{ id: number }>(answer, OPERATION);

  test('refuses the unauthenticated caller, and one without the scope', async () => {
    const path = `${await ada.actionPath('listTickets')}/test`;
    expectRefusal(await scene.registry.gatehouse.post(path, { data: {} }), 'v2', 401);
    const runner = await scene.registry.partner.accessToken('ada', 'action:run');
    expectRefusal(await scene.registry.gatehouse.post(path, { data: {} }, runner), 'v2', 403);
  });

  test('answers what the app did, a part of it where asked', async () => {
    expect(resultsOf(await ada.ask('listTickets', 'test', { inputs }))).toHaveLength(3);
    const part = await ada.ask('listTickets', 'test', { inputs, limit: 1, offset: 1 });
    expect(resultsOf(part)).toEqual([{ ...TICKET, id: 8 }]);
    expect(part.json).toMatchObject({ meta: { count: 3, limit: 1, offset: 1 } });
    expect(resultsOf(await ada.ask('listTickets', 'test', { inputs, limit: null, offset: 3 }))).toEqual([]);
  });

  test('does a WRITE each time, with the account’s key', async () => {
    for (const _ of [1, 2]) await ada.ask('createTicket', 'test', { inputs: { title: 'x' } });
    expect(asked()).toEqual(['POST /tickets', 'POST /tickets']);
    expect(scene.server.requests[0]?.headers['x-key']).toBe(`key-of-ada-${names}`);
  });

  test('an answer without content is a success', async () => {
    scene.server.answerWith((_, response) => response.writeHead(204).end());
    expect(resultsOf(await ada.ask('listTickets', 'test', { inputs }))).toEqual([]);
  });

  test('a failure of the app is test_failed, in its words', async () => {
    scene.server.answerWith(json(422, { error: { message: 'No such state' } }));
    const answer = await ada.ask('listTickets', 'test', { inputs });
    expectRefusal(answer, 'v2', 400);
    expect(answer.json).toMatchObject({ errors: [{ code: 'test_failed' }] });
    expect(answer.text).toContain('Desk answered 422 when asked for a test of the action. It says: No such state');
  });

  test('an app that breaks off is test_failed', async () => {
    scene.server.answerWith((_, response) => response.destroy());
    expect((await ada.ask('listTickets', 'test', { inputs })).json).toMatchObject({
      errors: [{ code: 'test_failed' }],
    });
  });

  test.each<[string, object, string]>([
    ['an input is missing', {}, '/data/inputs/state'],
    ['an input is unknown', { inputs: { state: 'open', 'a/b': 1 } }, '/data/inputs/a~1b'],
    ['the limit is none', { inputs, limit: 0 }, '/data/limit'],
    ['the offset is before the first', { inputs, offset: -1 }, '/data/offset'],
    ['there is no authentication', { inputs, authentication: null }, '/data/authentication'],
  ])('asks nobody when %s', async (_, data, pointer) => {
    const answer = await ada.ask('listTickets', 'test', data);
    expectRefusal(answer, 'v2', 400);
    expect(pointers(answer)).toEqual([pointer]);
    expect(asked()).toEqual([]);
  });

  test('does not find what another user has connected', async () => {
    const bob = await scene.user('bob');
    expectRefusal(await ada.ask('listTickets', 'test', { inputs, authentication: bob.authentication }), 'v2', 404);
    expect(asked()).toEqual([]);
  });
});
