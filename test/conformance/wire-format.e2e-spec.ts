import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbedUser } from '../main-job/embed-user.js';
import type { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { completeError, conformsTo } from './conforms.js';
import { readPublishedDocument } from './published-document.js';

const published = readPublishedDocument();
const isMissing = 'missing' in published;
const title = `the published OpenAPI document${isMissing ? ` (skipped: ${published.missing})` : ''}`;
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

const conforms = conformsTo(published);

describe.skipIf(isMissing)(title, () => {
  let scenario: Scenario;
  let partner: Partner;
  let ada: EmbedUser;
  let app: string;
  let action: string;
  let authentication: string;

  beforeAll(async () => {
    scenario = await Scenario.start({ exportSeconds: 1 });
    partner = await scenario.enrol();
    ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
    authentication = await ada.connectCrm(scenario);
    app = await ada.appId();
    action = encodeURIComponent(await ada.actionId('create_contact'));
  });
  afterAll(() => scenario.close());

  const postInputs = (key: string, json: unknown) => ada.post(`/v2/actions/${key}/inputs`, json);
  const postChoices = (input: string, json: unknown) => ada.post(`/v2/actions/${action}/inputs/${input}/choices`, json);
  const listPath = (query = '') => `/v2/authentications?app=${app}${query}`;
  const getRun = (id: string) => ada.get(`/v2/action-runs/${id}`);
  const data = (inputs: object = {}) => ({ data: { authentication, inputs } });

  describe('GET /v2/apps', () => {
    const operation = 'GET /v2/apps';
    test('401', async () => conforms(operation, 401, await scenario.gatehouse.get('/v2/apps')));
    test('200 for a client_id', async () =>
      conforms(operation, 200, await scenario.gatehouse.get(`/v2/apps?client_id=${partner.clientId}`)));
    test('200 for a user', async () => conforms(operation, 200, await ada.get('/v2/apps')));
    test('200 for an empty page', async () => conforms(operation, 200, await ada.get('/v2/apps?offset=5')));
    test('400', async () => conforms(operation, 400, await ada.get('/v2/apps?limit=none')));
    test('403', async () => conforms(operation, 403, await withScope('profile', '/v2/apps')));
  });

  describe('the catalog in other forms', () => {
    test.each([
      ['GET /v1/apps', '/v1/apps'],
      ['GET /v1/apps', '/v1/apps?page=7&per_page=1'],
      ['GET /v1/categories', '/v1/categories?limit=1'],
      ['GET /v2/whitelabel/apps', '/v2/whitelabel/apps'],
    ])('200 of %s at %s', async (operation, path) => conforms(operation, 200, await ada.get(path)));
    test('401 of V1 is a sentence', async () => {
      const answer = await scenario.gatehouse.get('/v1/apps');
      expect(answer.status).toBe(401);
      expect(answer.json).toEqual({ errors: [expect.stringContaining('client_id')] });
    });
    test('401 of White Label', async () =>
      conforms('GET /v2/whitelabel/apps', 401, await scenario.gatehouse.get('/v2/whitelabel/apps')));
  });

  describe('GET /v1/profiles/me', () => {
    const operation = 'GET /v1/profiles/me';
    const path = '/v1/profiles/me';
    test('401', async () => expect((await scenario.gatehouse.get(path)).status).toBe(401));
    test('200', async () => conforms(operation, 200, await withScope('profile', path)));
    test('is of the token’s own user, and the same each time', async () => {
      const [one, again] = [await withScope('profile', path), await withScope('profile', path)];
      expect(one.json).toMatchObject({ id: expect.any(Number), email: expect.stringMatching(/@/) });
      expect(again.json).toEqual(one.json);
    });
    test('another scope does not tell who the user is', async () =>
      expect((await withScope('authentication', path)).status).toBe(403));
  });

  describe('GET /v2/actions', () => {
    const operation = 'GET /v2/actions';
    test('401', async () => conforms(operation, 401, await scenario.gatehouse.get('/v2/actions')));
    test('200', async () => conforms(operation, 200, await ada.get(`/v2/actions?app=${app}`)));
    test('200 for one page of several', async () =>
      conforms(operation, 200, await ada.get(`/v2/actions?app=${app}&limit=1&offset=1`)));
    test('400', async () => conforms(operation, 400, await ada.get('/v2/actions')));
    test('403', async () => conforms(operation, 403, await withScope('profile', `/v2/actions?app=${app}`)));
  });

  describe('POST /v2/actions/{action_id}/inputs', () => {
    const operation = 'POST /v2/actions/{action_id}/inputs';
    test('401', async () => conforms(operation, 401, await scenario.gatehouse.post(`/v2/actions/x/inputs`, data())));
    test.each(['create_contact', 'find_contacts', 'export_contacts'])('200 for %s', async (key) =>
      conforms(operation, 200, await postInputs(encodeURIComponent(await ada.actionId(key)), data())),
    );
    test('400', async () => conforms(operation, 400, await postInputs(action, { data: { inputs: 'none' } })));
  });

  describe('POST /v2/actions/{action_id}/inputs/{input_id}/choices', () => {
    const operation = 'POST /v2/actions/{action_id}/inputs/{input_id}/choices';
    test('401', async () =>
      conforms(operation, 401, await scenario.gatehouse.post(`/v2/actions/x/inputs/y/choices`, data())));
    test('200 with the lists of the CRM', async () => conforms(operation, 200, await postChoices('list_id', data())));
    test('200 with the values of an enum', async () => conforms(operation, 200, await postChoices('stage', data())));
    test('400', async () => conforms(operation, 400, await postChoices('list_id', { data: { inputs: {} } })));
  });

  describe('GET /v2/authentications', () => {
    const operation = 'GET /v2/authentications';
    test('401', async () => conforms(operation, 401, await scenario.gatehouse.get(listPath())));
    test('200', async () => conforms(operation, 200, await ada.get(listPath())));
    test('200 with none', async () => conforms(operation, 200, await ada.get(listPath('&offset=1'))));
    test('400', async () => conforms(operation, 400, await ada.get(listPath('&offset=-1'))));
    test('403', async () => conforms(operation, 403, await withScope('zap', listPath())));
  });

  describe('POST /v2/action-runs', () => {
    const operation = 'POST /v2/action-runs';
    const path = '/v2/action-runs';
    test('401', async () => conforms(operation, 401, await scenario.gatehouse.post(path, {})));
    test('200', async () => {
      const id = await ada.actionId('find_contacts');
      const answer = await ada.post(path, { data: { action: id, authentication, inputs: {} } });
      conforms(operation, 200, answer);
    });
    test('400 for each missing input', async () => {
      const answer = await ada.post(path, { data: { action: decodeURIComponent(action), authentication, inputs: {} } });
      if ('missing' in published) return;
      expect(published.violations(operation, 400, answer.json)).toEqual([]);
      const pointers = (answer.json as { errors: { source: { pointer: string } }[] }).errors;
      expect(pointers.map(({ source }) => source.pointer)).toEqual(['/data/inputs/email', '/data/inputs/list_id']);
    });
    test('403', async () => conforms(operation, 403, await postWithScope('zap', path, {})));
  });

  describe('GET /v2/action-runs/{id}', () => {
    const operation = 'GET /v2/action-runs/{id}';
    test('401', async () => conforms(operation, 401, await scenario.gatehouse.get('/v2/action-runs/x')));
    test('200 while it waits, and with its results', async () => {
      const id = await ada.run('export_contacts', authentication, { format: 'csv' });
      conforms(operation, 200, await getRun(id));
      const ended = await ada.ended(id);
      expect(ended.at('data.status')).toBe('success');
      conforms(operation, 200, ended);
    });
    test('200 with a list as its results', async () => {
      const ended = await ada.ended(await ada.run('find_contacts', authentication, { limit: 2 }));
      expect(ended.at('data.status')).toBe('success');
      conforms(operation, 200, ended);
    });
    test('200 with its errors', async () => {
      const inputs = { email: 'a@b.test', list_id: 'lst_nowhere' };
      const ended = await ada.ended(await ada.run('create_contact', authentication, inputs));
      expect(ended.at('data.status')).toBe('error');
      conforms(operation, 200, ended);
    });
    test('403', async () => conforms(operation, 403, await withScope('zap', '/v2/action-runs/x')));
  });

  test.each([
    ['GET', `/v2/action-runs/${UNKNOWN}`],
    ['GET', `/v2/actions?app=${UNKNOWN}`],
    ['GET', `/v2/authentications?app=${UNKNOWN}`],
    ['POST', '/v2/actions/core:unknown/inputs'],
    ['POST', '/v2/actions/core:unknown/inputs/email/choices'],
    ['GET', '/v2/no-such-path'],
  ])('a 404, which it declares nowhere, has the format of its other errors: %s %s', async (method, path) => {
    const json = method === 'POST' ? { data: {} } : undefined;
    const answer = await scenario.gatehouse.call(method, path, { bearer: ada.token, json });
    expect(answer.status, answer.text).toBe(404);
    if ('missing' in published) return;
    expect(published.componentViolations('ErrorResponse', answer.json)).toEqual([]);
    expect(answer.json).toMatchObject({ errors: [completeError(404)] });
  });

  const withScope = async (scope: string, path: string) =>
    scenario.gatehouse.get(path, await partner.accessToken('ada', scope));
  const postWithScope = async (scope: string, path: string, json: unknown) =>
    scenario.gatehouse.post(path, json, await partner.accessToken('ada', scope));
});

describe.skipIf(isMissing)('the check itself', () => {
  const page = { links: { next: null, prev: null }, meta: { count: 1, limit: 10, offset: 0 } };

  test.each<[string, string, unknown]>([
    ['a field without its members', 'POST /v2/actions/{action_id}/inputs', { ...page, data: [{ id: 'a', type: 'x' }] }],
    ['an app without a title', 'GET /v2/apps', { ...page, data: [{ id: 'a' }] }],
    ['a number as an id', 'GET /v2/authentications', { ...page, data: [{ id: 1 }] }],
    ['a state that is not on the wire', 'GET /v2/action-runs/{id}', { data: { type: 'run', status: 'queued' } }],
  ])('finds %s', (_what, operation, body) => {
    if ('missing' in published) throw new Error(published.missing);
    expect(published.violations(operation, 200, body)).not.toEqual([]);
  });
});
