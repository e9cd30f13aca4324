import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { json } from '#libs/testing';
import { readPublishedDocument } from '../conformance/published-document.js';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { CatalogScene, type DeskUser } from './catalog-scene.js';
import { answerAsDesk } from './ticket-desk.js';

const OPERATION = 'POST /v2/actions/{action_id}/inputs/{input_id}/choices';
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
  ada = await scene.user(`ada-${(names += 1)}`); // nothing of an earlier test is kept for her
});

interface Page {
  data: { id: string; label: string; value: string }[];
  links: { next: string | null; prev: string | null };
  meta: { page: number };
}
function pageOf(answer: Answer): Page {
  expect(answer.status, answer.text).toBe(200);
  if (!('missing' in published)) expect(published.violations(OPERATION, 200, answer.json)).toEqual([]);
  return answer.json as Page;
}
const labels = (answer: Answer) => pageOf(answer).data.map(({ label }) => label);
const asked = () => scene.server.requests.map(({ url }) => url);
const queryOf = (link: string | null) => new URL(link ?? '', 'http://x.test').search;

test('the unauthenticated caller is refused, and one without the scope', async () => {
  const path = `${await ada.actionPath('createTicket')}/inputs/label/choices`;
  expectRefusal(await scene.registry.gatehouse.post(path, { data: {} }), 'v2', 401);
  const writer = await scene.registry.partner.accessToken('ada', 'zap:write');
  expectRefusal(await scene.registry.gatehouse.post(path, { data: {} }, writer), 'v2', 403);
});

describe('pages', () => {
  test('by number are followed by their links until the app says that there are no more', async () => {
    const seen: string[][] = [];
    let query: string | null = '';
    while (query !== null) {
      const answer: Answer = await ada.choices('project', {}, query);
      seen.push(labels(answer));
      const { next } = pageOf(answer).links;
      query = next && queryOf(next);
    }
    expect(seen).toEqual([['Alpha', 'Beta'], ['Gamma', 'Delta'], ['Epsilon']]);
    expect(asked()).toEqual([1, 2, 3].map((page) => `/projects?page=${page}&per_page=2`));
  });

  test('say where they are', async () => {
    const { links, meta } = pageOf(await ada.choices('project', {}, '?page=2'));
    expect([meta.page, queryOf(links.prev), queryOf(links.next)]).toEqual([2, '?page=1', '?page=3']);
  });

  test('by cursor are found from the first on, each asked for once', async () => {
    expect(labels(await ada.choices('assignee', {}, '?page=3'))).toEqual(['Eve', 'Finn']);
    expect(pageOf(await ada.choices('assignee', {}, '?page=2')).links.next).not.toBeNull();
    expect(pageOf(await ada.choices('assignee', {}, '?page=3')).links.next).toBeNull();
    expect(asked()).toEqual(['/people', '/people?cursor=c2', '/people?cursor=c4']);
  });

  test.each(['project', 'assignee', 'label', 'urgency'])('past the end of %s are empty', async (input) => {
    const { data, links } = pageOf(await ada.choices(input, {}, '?page=9'));
    expect([data, links.next]).toEqual([[], null]);
  });

  test.each(['0', '-1', 'two', '1.5', '99999999999', '1&page=2'])('"%s" are refused', async (page) => {
    expectRefusal(await ada.choices('project', {}, `?page=${page}`), 'v2', 400);
  });

  test('that a cursor would have to lead to over hundreds of requests are refused', async () => {
    const answer = await ada.choices('assignee', {}, '?page=31');
    expectRefusal(answer, 'v2', 400);
    expect(asked()).toEqual([]);
  });
});

describe('what they depend on', () => {
  test('is named with the field, also where only the other operation says so', async () => {
    const { data } = (await ada.ask('createTicket', 'inputs')).json as { data: { id: string; depends_on: string[] }[] };
    expect(data.filter(({ depends_on: on }) => on.length > 0)).toMatchObject([
      { id: 'board', depends_on: ['project'] },
    ]);
  });

  test.each([{}, { project: '' }, { project: null }])(
    'and is missing as in %j leaves none, and nobody is asked',
    async (inputs) => {
      expect(labels(await ada.choices('board', inputs))).toEqual([]);
      expect(asked()).toEqual([]);
    },
  );

  test('decides them', async () => {
    expect(labels(await ada.choices('board', { project: '2' }))).toEqual(['Board of 2']);
    expect(labels(await ada.choices('board', { project: 'a/b' }))).toEqual(['Board of a%2Fb']);
  });
});

describe('a search', () => {
  test('is the app’s own where it has one, and its links keep it', async () => {
    const answer = await ada.choices('assignee', {}, '?search=N');
    expect(labels(answer)).toEqual(['Dane', 'Finn']);
    expect(asked()).toEqual(['/people?query=N']);
    expect(queryOf(pageOf(await ada.choices('assignee', {}, '?search=e')).links.next)).toBe('?search=e&page=2');
  });

  test('looks through what the app answered where it has none', async () => {
    expect(labels(await ada.choices('label', {}, '?search=wi'))).toEqual(['Wish']);
    expect(asked()).toEqual(['/labels']);
  });

  test('looks through what the document lists', async () => {
    expect(labels(await ada.choices('urgency', {}, '?search=HI'))).toEqual(['high']);
  });

  test('of more than 200 characters is refused', async () => {
    expectRefusal(await ada.choices('label', {}, `?search=${'x'.repeat(201)}`), 'v2', 400);
  });
});

describe('an answer is kept', () => {
  test('for a moment: a form that asks again costs the app nothing', async () => {
    await ada.choices('label');
    await ada.choices('label', {}, '?search=b');
    expect(asked()).toEqual(['/labels']);
  });

  test('for one user’s connection alone', async () => {
    const bob = await scene.user('bob');
    const [hers, his] = [labels(await ada.choices('label')), labels(await bob.choices('label'))];
    expect([hers.at(-1), his.at(-1)]).toEqual([`key-of-ada-${names}`, 'key-of-bob']);
  });

  test('for the user, not for all with whom a connection is shared', async () => {
    const body = { sharing: 'org' };
    const path = `/v2/authentications/${ada.authentication}`;
    const options = { bearer: ada.embed.token, json: body };
    expect((await scene.registry.gatehouse.call('PATCH', path, options)).status).toBe(200);
    const eve = await scene.user('eve');
    await ada.choices('label');
    const answer = await eve.ask('createTicket', 'inputs/label/choices', { authentication: ada.authentication });
    expect(labels(answer).at(-1)).toBe(`key-of-ada-${names}`);
    expect(asked()).toEqual(['/labels', '/labels']);
  });

  test('only when it was good: a failure is told in the app’s words, and asked again', async () => {
    scene.server.answerWith(json(503, { message: 'Down for repairs' }));
    const answer = await ada.choices('label');
    expectRefusal(answer, 'v2', 400);
    expect(answer.text).toContain('Desk answered 503 when asked for the choices. It says: Down for repairs');
    scene.server.answerWith(answerAsDesk);
    expect(labels(await ada.choices('label'))).toHaveLength(3);
  });
});

test('a body that is no list has no choices', async () => {
  scene.server.answerWith(json(200, { odd: true }));
  expect(labels(await ada.choices('label'))).toEqual([]);
});
